package xaudience_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/sandbox"
)

func TestAudienceUse(t *testing.T) {
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	x := sandbox.New(cfg)
	srv := httptest.NewServer(x)
	t.Cleanup(srv.Close)
	x.AddAccount("abc", "Partner")
	id, err := x.NewAudience("18ce54d4x5t", "vip")
	owner, _ := open(t, srv.URL, nil).(destination.Used)
	partner, _ := open(t, srv.URL, map[string]string{"account_id": "abc"}).(destination.Used)
	use := func(of destination.Used, want destination.AudienceUse) {
		t.Helper()
		got, err := of.AudienceUse(t.Context(), id)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	use(owner, destination.AudienceUse{Owner: "18ce54d4x5t", Mine: true, SharedWith: []destination.Share{}, Campaigns: []destination.Campaign{}})
	err = errors.Join(err, x.Share(id, "abc", false), x.Target(id, sandbox.Campaign{
		ID: "c1", Name: "Summer\x00", LineItems: []sandbox.LineItem{{ID: "l1", Name: "Feed", Servable: true}, {ID: "l2", Name: "Search"}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	campaigns := []destination.Campaign{{ID: "c1", Name: "Summer<U+0000>", LineItems: []destination.LineItem{{ID: "l1", Name: "Feed", Servable: true}, {ID: "l2", Name: "Search"}}}}
	use(owner, destination.AudienceUse{Owner: "18ce54d4x5t", Mine: true, SharedWith: []destination.Share{{Account: "abc", ReadOnly: true}}, Campaigns: campaigns})
	use(partner, destination.AudienceUse{Owner: "18ce54d4x5t", ReadOnly: true, Campaigns: campaigns})
}

// An audience in very many campaigns is told as such, not read to the end.
func TestAudienceUseIsBounded(t *testing.T) {
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	x := sandbox.New(cfg)
	srv := httptest.NewServer(x)
	t.Cleanup(srv.Close)
	id, err := x.NewAudience("18ce54d4x5t", "vip")
	for i := range 1001 {
		err = errors.Join(err, x.Target(id, sandbox.Campaign{ID: fmt.Sprint("c", i)}))
	}
	if err != nil {
		t.Fatal(err)
	}
	d, _ := open(t, srv.URL, nil).(*xaudience.Destination)
	use, err := d.AudienceUse(t.Context(), id)
	if err != nil || !use.More || len(use.Campaigns) != 1000 {
		t.Errorf("%d campaigns, more %v, %v", len(use.Campaigns), use.More, err)
	}
	if _, err := d.AudienceUse(t.Context(), "zzz"); err == nil {
		t.Error("an audience that X does not have")
	}
}
