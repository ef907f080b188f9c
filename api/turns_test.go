package api //nolint:testpackage // what is tested is an inside of the handler

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurnsAreFair: one person has a few places and does not keep others out; who waits gets
// a place that is freed, and is told when none is.
func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns("plans", 4, 3, 1, 5*time.Second)
		take := func(person string) func() {
			t.Helper()
			done, err := turns.begin(t.Context(), person)
			if err != nil {
				t.Fatalf("%s: %v", person, err)
			}
			return done
		}
		refused := func(person string, status int) {
			t.Helper()
			_, err := turns.begin(t.Context(), person)
			p, ok := errors.AsType[*Problem](err)
			if !ok || p.Status != status || p.header.Get("Retry-After") == "" {
				t.Errorf("%s: %v, want %d", person, err, status)
			}
		}
		first := take("ada")
		take("ada")
		take("ada")
		refused("ada", http.StatusTooManyRequests)
		take("bob") // the last place is for somebody who has none
		refused("bob", http.StatusServiceUnavailable)
		refused("cy", http.StatusServiceUnavailable)
		got := make(chan error, 1)
		go func() {
			_, err := turns.begin(t.Context(), "cy")
			got <- err
		}()
		synctest.Wait()
		first()
		if err := <-got; err != nil {
			t.Errorf("a place that was freed: %v", err)
		}
		ctx, giveUp := context.WithCancel(t.Context())
		giveUp()
		if _, err := turns.begin(ctx, "dan"); err == nil {
			t.Error("somebody who gave up got a place")
		}
		for range mostWaiting {
			go func() { _, _ = turns.begin(t.Context(), "ada") }()
		}
		synctest.Wait()
		before := time.Now()
		if refused("ada", http.StatusTooManyRequests); time.Since(before) > 0 {
			t.Error("more wait than may")
		}
		<-time.After(time.Minute)
		if len(turns.waiting) != 0 || turns.total != 4 {
			t.Errorf("left behind: %+v", turns.waiting)
		}
	})
}
