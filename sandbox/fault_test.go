package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/sandbox"
)

// fault puts a fault in force by its text form.
func (b *box) fault(text string) {
	b.t.Helper()
	f, err := sandbox.ParseFault(text)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Fault(f)
}

// statuses sends the same users call several times.
func statuses(b *box, id string, n int) []int {
	var got []int
	for range n {
		got = append(got, b.users(id, "["+op("Update", "a")+"]").status)
	}
	return got
}

func TestStatusFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]int{
		"status=503,count=2":                   {503, 503, 200, 200},
		"status=503,skip=1,count=1":            {200, 503, 200, 200},
		"status=503,on=audiences":              {200, 200, 200, 200},
		"status=503,on=accounts":               {200, 200, 200, 200},
		"status=503,on=users,count=1":          {503, 200, 200, 200},
		"status=503,method=get":                {200, 200, 200, 200},
		"status=503,path=/users,count=1":       {503, 200, 200, 200},
		"status=503,probability=0.5,seed=7":    {200, 200, 503, 503},
		"status=503,when=after,body=html":      {503, 503, 503, 503},
		"status=504,body=empty,retry_after=10": {504, 504, 504, 504},
	} {
		b := start(t)
		id := b.audience("x")
		b.fault(text)
		if got := statuses(b, id, 4); cmp.Diff(want, got) != "" {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
		// After means that the request was carried out, whatever the client is told.
		if carried := slices.Contains(want, 200) || strings.Contains(text, "when=after"); carried != (len(b.Members(id)) == 1) {
			t.Errorf("%s: members are %v", text, b.Members(id))
		}
	}
}

// TestSameFaultStrikesOneRequestForGood: the request that it strikes first fails however
// often it is sent again, and others pass.
func TestSameFaultStrikesOneRequestForGood(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("x")
	b.fault("status=503,skip=1,same,on=users")
	var got []int
	for _, user := range []string{"a", "b", "c", "b", "a", "b"} {
		got = append(got, b.users(id, "["+op("Update", user)+"]").status)
	}
	if want := []int{200, 503, 200, 503, 200, 503}; cmp.Diff(want, got) != "" {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStatusBodies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"status=503,retry_after=3":               `{"errors":[{"code":"SERVICE_UNAVAILABLE","message":"Service Unavailable"}],"request":{"params":{}}}`,
		"status=503,code=OVER_CAPACITY,message=": `{"errors":[{"code":"OVER_CAPACITY","message":"Service Unavailable"}],"request":{"params":{}}}`,
		"status=502,body=html":                   "<html><body><h1>502 Bad Gateway</h1></body></html>\n",
		"status=500,body=empty":                  "",
		"status=200,body=cut":                    `{"errors":[{"code":"INTERNAL_ERROR","m`,
	} {
		b := start(t)
		b.fault(text)
		a := b.get(audiences)
		if a.body != want || (a.header.Get("Retry-After") == "3") != strings.Contains(text, "retry_after") {
			t.Errorf("%s: %q %v", text, a.body, a.header)
		}
	}
}

// A 429 tells when to come back, unless a fault hides that.
func TestLimitFault(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	b := start(t, func(c *sandbox.Config) { c.Now = func() time.Time { return now } })
	b.fault("status=429,retry_after=30,count=1")
	b.fault("status=429,no_limits")
	a := b.get(audiences)
	if a.header.Get("x-rate-limit-reset") != "1800000030" || a.header.Get("x-account-rate-limit-remaining") != "0" {
		t.Errorf("headers: %v", a.header)
	}
	if a = b.get(audiences); a.status != 429 || a.header.Get("x-rate-limit-reset") != "" {
		t.Errorf("headers: %v", a.header)
	}
}

func TestResetFault(t *testing.T) {
	t.Parallel()
	for when, applied := range map[string]int{"before": 0, "after": 1} {
		b := start(t)
		id := b.audience("x")
		b.fault("reset=" + when)
		_, err := b.try("POST", audiences+"/"+id+"/users", "application/json", "["+op("Update", "a")+"]")
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", when, err)
		}
		if got := len(b.Members(id)); got != applied {
			t.Errorf("%s: %d members", when, got)
		}
		if log := b.Requests()[0]; log.Status != 0 || log.Fault != 1 || log.Applied != (applied == 1) {
			t.Errorf("%s: %+v", when, log)
		}
	}
}

func TestTruncateFault(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.fault("truncate")
	a, err := b.try("GET", audiences, "", "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || a.status != 200 || a.body == "" {
		t.Errorf("got %d %q %v", a.status, a.body, err)
	}
}

func TestCountFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"count_off=-1":             `{"success_count":1,"total_count":2}`,
		"total_off=3":              `{"success_count":2,"total_count":5}`,
		"count_off=1,total_off=-2": `{"success_count":3,"total_count":0}`,
	} {
		for when, applied := range map[string]int{"before": 0, "after": 2} {
			b := start(t)
			id := b.audience("x")
			b.fault(text + ",when=" + when)
			a := b.users(id, "["+op("Update", "a", "b")+"]")
			if a.status != 200 || !strings.Contains(a.body, want) || len(b.Members(id)) != applied {
				t.Errorf("%s, %s: %d %s %v", text, when, a.status, a.body, b.Members(id))
			}
		}
	}
}

func TestPoisonFault(t *testing.T) {
	t.Parallel()
	const e = `[{"code":"INVALID_PARAMETER","message":"A user is not valid","parameter":"users"}]`
	for shape, want := range map[string]string{
		"operations": `{"operation_errors":[[],` + e + `,[]],`,
		"nulls":      `{"operation_errors":[null,` + e + `,null],`,
		"flat":       `{"operation_errors":` + e + `,`,
		"errors":     `{"errors":` + e + `,"request":[`,
		"both":       `{"errors":` + e + `,"operation_errors":[[],` + e + `,[]],"request":[`,
		"empty":      `{"errors":[],"operation_errors":[[],` + e + `,[]],"request":[`,
		"object":     `{"operation_errors":[[],` + e + `,[]],"request":{"params":{`,
	} {
		for _, poison := range []string{hash("sick"), "email:" + hash("sick"), hash("sick")[:9] + "*", "email:" + hash("sick")[:9] + "*|x"} {
			b := start(t)
			id := b.audience("x")
			b.fault("shape=" + shape + ",poison=" + poison)
			a := b.users(id, "["+op("Update", "a")+","+op("Update", "b", "sick")+","+op("Delete", "c")+"]")
			if a.status != 400 || !strings.HasPrefix(a.body, want) || len(b.Members(id)) != 0 {
				t.Errorf("%s: %d %s", shape, a.status, a.body)
			}
			if a := b.users(id, "["+op("Update", "a")+"]"); a.status != 200 {
				t.Errorf("%s: a healthy request: %d %s", shape, a.status, a.body)
			}
		}
	}
}

// A delay ends when the client goes away, long before its time.
func TestDelayEndsWithTheClient(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Default()
	s := sandbox.New(cfg)
	id, _ := s.NewAudience(account, "x")
	s.Fault(sandbox.Fault{Delay: sandbox.Duration(time.Hour), When: sandbox.After})
	ended, begun := make(chan struct{}), make(chan struct{})
	b := &box{Server: s, t: t, now: time.Now}
	web := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		defer close(ended)
		s.ServeHTTP(w, r)
	}))
	b.url = web
	body := "[" + op("Update", "a") + "]"
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "POST", web+audiences+"/"+id+"/users", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	b.sign(req, "application/json", body)
	go func() { <-begun; cancel() }()
	if _, err := send(req); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-ended
}

// The delay itself, on a clock that does not take an hour.
func TestDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Default())
		s.Fault(sandbox.Fault{Delay: sandbox.Duration(time.Hour), Status: 503})
		b := &box{Server: s, t: t, now: time.Now}
		began := time.Now()
		w := b.direct("GET", audiences, "")
		if took := time.Since(began); took != time.Hour || w.Code != 503 {
			t.Errorf("took %s, status %d", took, w.Code)
		}
	})
}

func TestCheckFault(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "count=1", "status=99", "status=x", "status=503,on=all", "status=503,when=later", "status=503,body=xml",
		"reset=maybe", "status=503,status=503", "poison=x,shape=round", "status=503,probability=2",
		"status=503,probability=NaN", "status=503,count=-1", "status=503,colour=red", "delay=soon",
	} {
		if _, err := sandbox.ParseFault(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Fault took a fault that does nothing")
		}
	}()
	sandbox.New(sandbox.Default()).Fault(sandbox.Fault{})
}

func FuzzParseFault(f *testing.F) {
	f.Add("status=503,count=2,retry_after=1")
	f.Add("on=users,poison=email:ab*|cd,shape=flat,seed=3,probability=0.25")
	f.Add("reset=after,delay=1.5s,truncate,no_limits=true,count_off=-1,total_off=2,skip=1,method=GET,path=/x,body=html,code=X,message=a b,when=after,status=200")
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return
		}
		again, err := sandbox.ParseFault(fault.String())
		if err != nil || cmp.Diff(fault, again) != "" {
			t.Fatalf("%q became %q: %v\n%s", text, fault.String(), err, cmp.Diff(fault, again))
		}
		b, err := json.Marshal(fault)
		if err != nil {
			t.Fatal(err)
		}
		var third sandbox.Fault
		if err := json.Unmarshal(b, &third); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
	})
}

// Whatever the order in which many clients come, a count is struck exactly.
func TestFaultsUnderLoad(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("x")
	b.fault("status=503,count=7")
	var mu sync.Mutex
	got := map[int]int{}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			a, err := b.try("POST", audiences+"/"+id+"/users", "application/json", "["+op("Update", strconv.Itoa(i))+"]")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got[a.status]++
			}
		})
	}
	wg.Wait()
	if got[503] != 7 || got[200] != 33 || len(b.Members(id)) != 33 {
		t.Errorf("got %v, %d members", got, len(b.Members(id)))
	}
}
