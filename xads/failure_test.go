package xads

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestFailureBodies(t *testing.T) {
	missing := Item{Code: "MISSING_PARAMETER", Message: "m", Parameter: "users"}
	const one = `{"code":"MISSING_PARAMETER","message":"m","parameter":"users"}`
	for name, c := range map[string]struct {
		body       string
		items      []Item
		operations [][]Item
		flat       bool
	}{
		"only errors": {body: `{"errors":[` + one + `],"request":{"params":{}}}`, items: []Item{missing}},
		"both, and request as a list": {
			body:  `{"errors":[` + one + `],"operation_errors":[[],[` + one + `]],"request":[{}]}`,
			items: []Item{missing}, operations: [][]Item{nil, {missing}},
		},
		"only operation errors": {body: `{"operation_errors":[[` + one + `,` + one + `],null,[]]}`, operations: [][]Item{{missing, missing}, nil, nil}},
		"errors null":           {body: `{"errors":null,"operation_errors":[null,[` + one + `]]}`, operations: [][]Item{nil, {missing}}},
		"a flat list":           {body: `{"operation_errors":[null,` + one + `]}`, operations: [][]Item{nil, {missing}}, flat: true},
		"a flat list with positions": {
			body:       `{"operation_errors":[{"index":2,"code":"MISSING_PARAMETER","message":"m","parameter":"users"}]}`,
			operations: [][]Item{nil, nil, {missing}},
		},
		"a position beyond all sense": {
			body:  `{"operation_errors":[{"operation_index":1e12,"code":"A"}]}`,
			items: []Item{{Code: "A"}},
		},
		"operation errors as one object": {body: `{"operation_errors":` + one + `}`, items: []Item{missing}},
		"a number as code":               {body: `{"errors":[{"code":215,"message":"Bad Authentication data."}]}`, items: []Item{{Code: "215", Message: "Bad Authentication data."}}},
		"values": {
			body:  `{"errors":[{"code":"X","value":"","details":{"a":1}},{"code":"Y","value":17,"details":null,"attribute":"old"}]}`,
			items: []Item{{Code: "X"}, {Code: "Y", Parameter: "old"}},
		},
		"nothing but a value": {
			body:       `{"operation_errors":[[{"value":17}],[{"details":"d"}],[{"value":"","details":null}]]}`,
			operations: [][]Item{{{}}, {{}}, nil},
		},
		"errors as text":    {body: `{"errors":"Not allowed"}`, items: []Item{{Message: "Not allowed"}}},
		"errors as texts":   {body: `{"errors":["a",{},null,"b"]}`, items: []Item{{Message: "a"}, {Message: "b"}}},
		"one error":         {body: `{"error":"Not authorized","request":"/12"}`, items: []Item{{Message: "Not authorized"}}},
		"title and detail":  {body: `{"title":"Unauthorized","detail":"no","status":401}`, items: []Item{{Code: "Unauthorized", Message: "no"}}},
		"nothing to report": {body: ` {"data":{}} `},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := parseRefusal([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			want := refusal{items: c.items, operations: c.operations, positionsGuessed: c.flat}
			if diff := cmp.Diff(want, f, cmp.AllowUnexported(refusal{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOtherBodiesAreErrors(t *testing.T) {
	for _, body := range []string{"", "<html>", "null", "[]", `"x"`, `{"errors":[`, "{}{}"} {
		if _, err := parseRefusal([]byte(body)); err == nil {
			t.Errorf("%q is taken for an envelope", body)
		}
	}
}

func FuzzFailureBodies(f *testing.F) {
	for _, seed := range []string{
		"", "{", "null", "[]", "<html>", `{"errors":[{"code":1e999,"message":null}]}`,
		`{"errors":{"code":"A"},"operation_errors":[[[[]]]],"request":[]}`,
		`{"operation_errors":[{"index":-1,"code":"A"},{"index":"3","code":"B"},[null,"x",{"value":["\ud800"]}]]}`,
		`{"operation_errors":"x","errors":7}`, `{"error":true,"title":[]}`,
	} {
		f.Add([]byte(seed))
	}
	cleaner := newCleaner(testCredentials)
	f.Fuzz(func(t *testing.T, body []byte) {
		parsed, err := parseRefusal(body)
		if err != nil {
			return
		}
		if len(parsed.operations) > maxOperationIndex {
			t.Fatalf("%d operations", len(parsed.operations))
		}
		parsed.each(func(i *Item) {
			i.Message = cleaner.cleanWithoutQuotes(i.Message)
			if n := len([]rune(i.Message)); n > maxTextRunes {
				t.Fatalf("a message of %d characters", n)
			}
		})
		e := &Error{Status: 400, Items: parsed.items, OperationErrors: parsed.operations}
		_ = e.Error()
	})
}
