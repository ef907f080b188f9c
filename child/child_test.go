package child

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/setup"
)

// TestTasksPassThroughJSON: what a task asks and finds, and the news on the way, come out of
// the lines between parent and child as they went in. A field that does not is filled here
// like every other, and found missing.
func TestTasksPassThroughJSON(t *testing.T) {
	for name, task := range setup.Tasks() {
		fill(reflect.ValueOf(task).Elem(), 0)
		text, err := json.Marshal(task)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		heard := setup.Tasks()[name]
		if err := json.Unmarshal(text, heard); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(task, heard) {
			t.Errorf("%s:\n%+v\nwas heard as\n%+v", name, task, heard)
		}
	}
	var news, heard setup.News
	fill(reflect.ValueOf(&news).Elem(), 0)
	text, err := json.Marshal(line{News: &news})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &line{News: &heard}); err != nil || !reflect.DeepEqual(news, heard) {
		t.Errorf("news was heard as %+v: %v", heard, err)
	}
}

// fill gives every field a value that is not its zero value.
func fill(v reflect.Value, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(0.5)
	case reflect.String:
		v.SetString("x")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), depth+1)
		fill(v.Index(1), depth+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth+1)
		fill(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if at, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
			*at = time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)
			return
		}
		for i := range v.NumField() {
			// What is held of a person is for the process that looks at it alone.
			if held := v.Type() == reflect.TypeFor[ledger.Version]() && (v.Type().Field(i).Name == "Settings" || v.Type().Field(i).Name == "Values"); !held && v.Field(i).CanSet() {
				fill(v.Field(i), depth+1)
			}
		}
	}
}

// TestMain lets this program be a child that never reads what it is to do.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Command {
		<-time.After(time.Minute)
		return
	}
	os.Exit(m.Run())
}

// TestAChildThatDoesNotListenIsEnded: also one that is told more than fits between the two.
func TestAChildThatDoesNotListenIsEnded(t *testing.T) {
	p := New("eddy", os.Environ(), Memory{}, dial.Guard{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	o := order{Setup: &setup.Setup{StateDir: t.TempDir()}, Task: json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)}
	if _, err := p.work(ctx, o, false, nil); ctx.Err() == nil || err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

// TestChildrenLackTheServersOwn: what the server itself was given in its environment, its keys
// above all, is not in that of a process which works on a model.
func TestChildrenLackTheServersOwn(t *testing.T) {
	p := New("eddy", []string{"PATH=/bin", "EDDY_SECRET_KEY=k", "EDDY_DATABASE_URL=postgres://x", "HOME=/root"}, Memory{}, dial.Guard{})
	if got := strings.Join(p.environ, " "); got != "PATH=/bin HOME=/root" {
		t.Errorf("a child's environment is %q", got)
	}
}

// refused is how a destination tells that it refuses the credentials.
type refused struct{ error }

func (refused) Unauthorized() bool { return true }
func (refused) Forbidden() bool    { return false }

// TestErrorsPassBetweenProcesses: what callers go by is in an error that was told as it was in
// the error itself.
func TestErrorsPassBetweenProcesses(t *testing.T) {
	e := &eddy.Error{Code: eddy.CodeConflict, What: "what", Mend: "Mend it."}
	for _, err := range []error{
		nil, errors.New("any"), e, fmt.Errorf("first: %w", e), fmt.Errorf("late: %w", context.DeadlineExceeded), context.Canceled,
		fmt.Errorf("send: %w", refused{errors.New("no")}), fmt.Errorf("send: %w", refused{e}),
	} {
		text, failed := json.Marshal(line{Err: setup.Tell(err)})
		var l line
		if failed == nil {
			failed = json.Unmarshal(text, &l)
		}
		if failed != nil {
			t.Fatal(failed)
		}
		heard := l.Err.Heard()
		was, isRefusal := errors.AsType[refused](err)
		is, told := errors.AsType[interface {
			error
			Unauthorized() bool
			Forbidden() bool
		}](heard)
		if (err == nil) != (heard == nil) || eddy.ErrorCode(err) != eddy.ErrorCode(heard) || isRefusal != told || isRefusal && (was.Unauthorized() != is.Unauthorized() || is.Forbidden()) ||
			errors.Is(err, context.DeadlineExceeded) != errors.Is(heard, context.DeadlineExceeded) || errors.Is(err, context.Canceled) != errors.Is(heard, context.Canceled) {
			t.Errorf("%v was heard as %v", err, heard)
		}
	}
}
