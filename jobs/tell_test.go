package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// TestALateMessageIsDropped: an attempt that comes after what it tells of was over, or began
// again, says nothing, or a receiver would take it for what is so now.
func TestALateMessageIsDropped(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.connect("vip")
	heard := told(w, store.AlertRule{Events: []string{string(alert.RunFailed)}})
	rules, err := w.st.AlertRules(w.Context())
	w.must(err)
	m := alerting{w.server().Manager}
	began := time.Date(2027, 3, 27, 9, 0, 0, 0, time.UTC)
	tell := func(turn alert.Turn, since time.Time) error {
		return m.tell(w.Context(), tellArgs{RuleID: rules[0].ID, Message: alert.Message{
			Series: alert.Series(rules[0].ID, "vip", alert.RunFailed, since), Event: alert.RunFailed, Turn: turn, Connection: "vip", Since: since, At: since, Count: 1,
		}})
	}
	stands := func(open, told bool, since time.Time) {
		t.Helper()
		key := store.AlertState{RuleID: rules[0].ID, Connection: "vip", Event: string(alert.RunFailed)}
		w.must(w.st.FoldAlert(w.Context(), key, func(_ store.Tx, s store.AlertState) (store.AlertState, error) {
			s.Open, s.Told, s.Since = open, told, since
			return s, nil
		}))
	}
	stands(true, true, began)
	if err := tell(alert.Begins, began); err == nil {
		t.Fatal("the receiver took the first attempt")
	}
	for name, c := range map[string]struct {
		open, told bool
		since      time.Time
		want       map[alert.Turn]string
	}{
		"it is so":                   {true, true, began, map[alert.Turn]string{alert.Begins: "heard", alert.Continues: "heard"}},
		"it is over":                 {false, false, began, map[alert.Turn]string{alert.Recovered: "heard"}},
		"it is over, in quiet hours": {false, true, began, map[alert.Turn]string{alert.Begins: "later", alert.Continues: "later"}},
		"it began again":             {true, true, began.Add(time.Hour), map[alert.Turn]string{alert.Recovered: "heard"}},
	} {
		stands(c.open, c.told, c.since)
		for _, turn := range []alert.Turn{alert.Begins, alert.Continues, alert.Recovered} {
			err, got := tell(turn, began), ""
			if errors.Is(err, &river.JobSnoozeError{}) {
				got, err = "later", nil
			}
			w.must(err)
			if len(heard) > 0 {
				<-heard
				got = "heard"
			}
			if got != c.want[turn] {
				t.Errorf("%s: %s: %q, want %q", name, turn, got, c.want[turn])
			}
		}
	}
}

// TestTheEndIsToldAfterTheBeginning: a beginning that is on its way arrives before the end.
func TestTheEndIsToldAfterTheBeginning(t *testing.T) {
	worlds(t, func(w *world) {
		w.size("vip", w.connect("vip"), 100)
		arrived, answer, heard := make(chan struct{}), make(chan struct{}), make(chan string, 10)
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var m alert.Message
			body, _ := io.ReadAll(r.Body)
			if err := json.Unmarshal(body, &m); err != nil {
				w.Error(err)
			}
			if m.Turn == alert.Begins {
				close(arrived)
				<-answer
			}
			heard <- fmt.Sprint(m.Turn)
		}))
		w.Cleanup(srv.Close)
		rule, err := w.st.PutAlertRule(w.Context(), store.AlertRule{
			Name: "test", Events: []string{string(alert.RunFailed)}, Channel: json.RawMessage(`{"type":"webhook"}`), Secrets: store.Secrets{"url": srv.URL},
		}, store.CreateOnly, store.Actor{ID: "system"})
		w.must(err)
		m := alerting{w.start().Manager}
		w.must(m.fold(w.Context(), rule, found{connection: "vip", event: alert.RunFailed, on: true, cases: 1}))
		<-arrived
		w.must(m.fold(w.Context(), rule, found{connection: "vip", event: alert.RunFailed}))
		since := w.alertSince(rule.ID)
		end := alert.Message{
			Series: alert.Series(rule.ID, "vip", alert.RunFailed, since), Event: alert.RunFailed, Turn: alert.Recovered, Connection: "vip", Since: since, At: w.clock.now(),
		}
		if err := m.tell(w.Context(), tellArgs{RuleID: rule.ID, Message: end}); !errors.Is(err, &river.JobSnoozeError{}) {
			w.Errorf("the end, while the beginning is on its way: %v", err)
		}
		close(answer)
		w.hears(heard, "begins")
		w.hears(heard, "recovered")
	})
}

// alertSince is when the alert of a rule began that stands of a run that failed.
func (w *world) alertSince(rule string) time.Time {
	w.Helper()
	s, err := w.st.AlertState(w.Context(), rule, "vip", string(alert.RunFailed))
	w.must(err)
	return s.Since
}
