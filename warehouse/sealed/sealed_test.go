package sealed_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/warehouse/sealed"
)

// plenty is more room than a test needs.
const plenty = 1 << 30

// wrote makes a file of two tables, of some rows and of none.
func wrote(t *testing.T, rows int) (path, key string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "people")
	w, key, err := sealed.Create(path, plenty)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Table("people", "People", []string{"id", "email"}); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		row := [][]byte{fmt.Appendf(nil, "%06d", i), fmt.Appendf(nil, "person%d@example.com", i)}
		if i%3 == 0 {
			row[1] = nil
		}
		if i%3 == 1 {
			row[1] = []byte{}
		}
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Table("none", "None", []string{"x"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path, key
}

// read reads the table of a number to its end.
func read(path, key string, table int) (rows int, err error) {
	f, err := sealed.Open(path, key)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := f.Rows(table)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	cells := make([][]byte, len(f.Tables[table].Columns))
	for ; ; rows++ {
		if err := r.Next(cells); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		if table != 0 {
			continue
		}
		if got := string(cells[0]); got != fmt.Sprintf("%06d", rows) {
			return rows, fmt.Errorf("row %d has the id %s", rows, got)
		}
		if (cells[1] == nil) != (rows%3 == 0) || rows%3 == 2 && string(cells[1]) != fmt.Sprintf("person%d@example.com", rows) {
			return rows, fmt.Errorf("row %d has the address %q", rows, cells[1])
		}
	}
}

// TestWhatIsWrittenIsRead: over many chunks, with texts that are empty and such as are none.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	const rows = 200_000
	path, key := wrote(t, rows)
	if n, err := read(path, key, 0); err != nil || n != rows {
		t.Errorf("%d rows were read of %d: %v", n, rows, err)
	}
	if n, err := read(path, key, 1); err != nil || n != 0 {
		t.Errorf("%d rows were read of none: %v", n, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"example.com", "People", "email", key} {
		if bytes.Contains(text, []byte(raw)) {
			t.Errorf("the file has %q in the clear", raw)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the file: %v, %v", info.Mode(), err)
	}
}

// TestDamageIsAnError: of a file that was cut anywhere, or in which any byte is another, no row is
// missing without an error (promise 3).
func TestDamageIsAnError(t *testing.T) {
	t.Parallel()
	path, key := wrote(t, 40)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, text []byte) {
		broken := filepath.Join(filepath.Dir(path), "broken")
		if err := os.WriteFile(broken, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := read(broken, key, 0); err == nil {
			t.Errorf("%s: %d rows were read, and no error", what, n)
		} else if strings.Contains(err.Error(), "person") || strings.Contains(err.Error(), key) {
			t.Errorf("%s: the error tells a value: %v", what, err)
		}
	}
	for n := range whole {
		try(fmt.Sprintf("cut at %d", n), whole[:n])
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1
		try(fmt.Sprintf("byte %d changed", n), flipped)
	}
	try("longer", append(bytes.Clone(whole), 0))
	_, other := wrote(t, 1)
	if _, err := sealed.Open(path, other); !errors.Is(err, sealed.ErrDamaged) {
		t.Errorf("another file's key opened it: %v", err)
	}
	for _, bad := range []string{"", "c2hvcnQ=", "not base64"} {
		if _, err := sealed.Open(path, bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("the key %q: %v", bad, err)
		}
	}
}

// TestChunksKeepTheirPlace: chunks of the same file that change places are no file of it.
func TestChunksKeepTheirPlace(t *testing.T) {
	t.Parallel()
	path, key := wrote(t, 120_000)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := len("EDDY rows 1\n")
	length := func(at int) int {
		return 4 + int(text[at])<<24 + int(text[at+1])<<16 + int(text[at+2])<<8 + int(text[at+3])
	}
	second := begin + length(begin)
	third := second + length(second)
	swapped := bytes.Join([][]byte{text[:begin], text[second:third], text[begin:second], text[third:]}, nil)
	if err := os.WriteFile(path, swapped, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := read(path, key, 0); !errors.Is(err, sealed.ErrDamaged) || n != 0 {
		t.Errorf("%d rows were read: %v", n, err)
	}
}

// TestDroppedTablesAreLeftOut: those before and after are whole.
func TestDroppedTablesAreLeftOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people")
	w, key, err := sealed.Create(path, plenty)
	if err != nil {
		t.Fatal(err)
	}
	row := [][]byte{[]byte("000000"), nil}
	err = errors.Join(
		w.Table("people", "People", []string{"id", "email"}), w.Row(row),
		w.Table("left out", "Left out", []string{"x"}), w.Row(row[:1]), w.Drop(),
		w.Table("more", "More", []string{"x"}), w.Row(row[:1]), w.Row(row[1:]), w.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{1, 2} {
		if n, err := read(path, key, i); err != nil || n != want {
			t.Errorf("table %d: %d rows were read of %d: %v", i, n, want, err)
		}
	}
}

// TestAbandonedFilesAreGone: nothing is left of a file that was given up, and none is written over.
func TestAbandonedFilesAreGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people")
	w, _, err := sealed.Create(path, plenty)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := sealed.Create(path, plenty); err == nil {
		t.Error("a file was made over one that is there")
	}
	if err := w.Abandon(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// TestWhatCannotBeReadIsNotWritten: a list of tables of any length is refused where it is written,
// and one of the longest that may be is read again.
func TestWhatCannotBeReadIsNotWritten(t *testing.T) {
	t.Parallel()
	for names, want := range map[int]error{7: nil, 9: sealed.ErrTooLarge, 70: sealed.ErrTooLarge} {
		path := filepath.Join(t.TempDir(), "wide")
		w, key, err := sealed.Create(path, plenty)
		if err != nil {
			t.Fatal(err)
		}
		for range names {
			if err := w.Table("t", "T", []string{strings.Repeat("n", 1<<20)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); !errors.Is(err, want) {
			t.Errorf("%d MiB of names: %v", names, err)
		}
		_, missing := os.Stat(path)
		if want != nil && !errors.Is(missing, os.ErrNotExist) {
			t.Errorf("%d MiB of names left a file: %v", names, missing)
		}
		if n, err := read(path, key, names-1); want == nil && (err != nil || n != 0) {
			t.Errorf("%d MiB of names are not read: %d, %v", names, n, err)
		}
	}
}

// TestFilesKeepToTheirRoom: one that would be longer than it may is given up.
func TestFilesKeepToTheirRoom(t *testing.T) {
	t.Parallel()
	const room = 3 << 20
	path := filepath.Join(t.TempDir(), "people")
	w, _, err := sealed.Create(path, room)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Table("t", "T", []string{"x"}); err != nil {
		t.Fatal(err)
	}
	digits, rows := make([]byte, 1<<20), 0
	random := rand.NewChaCha8([32]byte{})
	for err == nil && rows < 10 {
		_, _ = random.Read(digits)
		if err = w.Row([][]byte{digits}); err == nil {
			rows++
		}
		if info, e := os.Stat(path); e != nil || info.Size() > room {
			t.Fatalf("the file takes %d bytes: %v", info.Size(), e)
		}
	}
	if !errors.Is(err, sealed.ErrNoRoom) || rows != 2 {
		t.Errorf("%d rows of 1 MiB in 3 MiB: %v", rows, err)
	}
	if err := w.Close(); !errors.Is(err, sealed.ErrNoRoom) {
		t.Errorf("it was closed: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
