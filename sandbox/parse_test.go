package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func testRules() rules { return rules{digests: DigestsLax, unknown: KeysIgnore, operations: 2500} }

// reference reads a body with encoding/json, slowly and plainly. It lists "operation
// field:value" of what a valid body holds, and says whether the body is valid.
func reference(body []byte) (list []string, users int, ok bool) {
	var ops []json.RawMessage
	if !json.Valid(body) || json.Unmarshal(body, &ops) != nil || len(ops) == 0 || len(ops) > 2500 {
		return nil, 0, false
	}
	for i, raw := range ops {
		o, fine := object(raw)
		var kind string
		fine = fine && json.Unmarshal(o["operation_type"], &kind) == nil && (kind == "Update" || kind == "Delete")
		p, isObject := object(o["params"])
		var people []json.RawMessage
		fine = fine && isObject && json.Unmarshal(p["users"], &people) == nil && len(people) > 0 && times(p)
		if !fine {
			return nil, 0, false
		}
		for _, person := range people {
			found, valid := referencePerson(person)
			if !valid {
				return nil, 0, false
			}
			users++
			for _, id := range found {
				list = append(list, fmt.Sprintf("%d %s", i, id))
			}
		}
	}
	return list, users, true
}

// times checks the two times of a valid operation.
func times(p map[string]json.RawMessage) bool {
	at := map[string]int64{}
	for _, name := range []string{"effective_at", "expires_at"} {
		raw, given := p[name]
		if !given || string(raw) == "null" {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return false
		}
		t, ok := parseTime(text, false)
		if !ok {
			return false
		}
		at[name] = t.Unix()
	}
	return len(at) < 2 || at["effective_at"] < at["expires_at"]
}

// referencePerson lists the identities of one user that can match.
func referencePerson(raw json.RawMessage) (list []string, ok bool) {
	o, ok := object(raw)
	some := false
	// In the order of the body, which a map has lost.
	keys := keysOf(raw)
	for _, key := range keys {
		if fieldNamed([]byte(key)) == noField || string(o[key]) == "null" {
			continue
		}
		var values []*string
		if json.Unmarshal(o[key], &values) != nil {
			return nil, false
		}
		for _, v := range values {
			if v == nil || *v == "" {
				return nil, false
			}
			some = true
			_, digest := parseDigest([]byte(*v), false)
			if digest || key == "partner_user_id" {
				list = append(list, key+":"+*v)
			}
		}
	}
	return list, ok && some
}

// object reads an object whose documented keys come once.
func object(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	var o map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, false
	}
	count := map[string]int{}
	for _, k := range keysOf(raw) {
		count[k]++
		documented := fieldNamed([]byte(k)) != noField || slices.Contains([]string{"operation_type", "params", "users", "effective_at", "expires_at"}, k)
		if documented && count[k] > 1 {
			return nil, false
		}
	}
	return o, true
}

// keysOf lists the keys of an object in order.
func keysOf(raw json.RawMessage) (keys []string) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, _ := dec.Token(); t != json.Delim('{') {
		return nil
	}
	for dec.More() {
		k, err := dec.Token()
		var skip json.RawMessage
		if err != nil || dec.Decode(&skip) != nil {
			return keys
		}
		keys = append(keys, k.(string))
	}
	return keys
}

// FuzzParse holds the scanner to what encoding/json reads.
func FuzzParse(f *testing.F) {
	sample, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	const digits = "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"
	for _, seed := range []string{
		`[]`, `{}`, `null`, ``, `[{}]`, `[1]`, ` [ { "operation_type" : "Update" } ] `,
		`[{"operation_type":"Update","params":{"users":[{"email":["` + digits + `"]}]}}]`,
		`[{"params":{"users":[{"partner_user_id":["a\"\\\u00e9","\ud800"],"x":{"y":[1,2,{"z":"]"}]}}],"expires_at":null},"operation_type":"Del\u0065te"}]`,
		`[{"operation_type":"Update","params":{"users":[{"email":["\u0034` + digits[1:] + `"]}]}}]`,
		`[{"operation_type":"Update","params":{"users":[{"email":["` + digits + `"],"email":[]}]}}]`,
		`[{"operation_type":"Update","params":{"users":[{"email":null,"handle":["x"]}],"effective_at":"2018-05-15T00:00:00Z","expires_at":"2019-01-01T7:00:00+0100"}}]`,
		`[{"operation_type":"Update","params":{"users":[{"email":["x",]}]}}]`, "[{\"\x01\":1}]", "[\"\xff\"]", `[{"a":tru}]`, `[01]`, `[1e5,-0,"]"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := parse(body, testRules())
		want, users, ok := reference(body)
		if ok == got.failed() {
			t.Fatalf("%q: valid is %v, parsed %+v", body, ok, got)
		}
		if !ok {
			return
		}
		var list []string
		for i, op := range got.operations {
			for _, id := range got.identities[op.first:op.end] {
				list = append(list, fmt.Sprintf("%d %s", i, got.format(id)))
			}
		}
		if !slices.Equal(list, want) || got.users != users {
			t.Fatalf("%q:\n got %d %q\nwant %d %q", body, got.users, list, users, want)
		}
		counting(t, body, len(got.operations), users)
	})
}

// counting checks counting mode against a body that was parsed, in pieces of any size.
// Strange bodies (braces in unknown keys) are not its business.
func counting(t *testing.T, body []byte, operations, users int) {
	t.Helper()
	if bytes.Count(body, []byte("{")) != 2*operations+users {
		return
	}
	whole, err := count(bytes.NewReader(body), nil)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := count(iotest.OneByteReader(bytes.NewReader(body)), nil)
	if err != nil || whole != pieces {
		t.Fatalf("%q: %+v in one, %+v in pieces, %v", body, whole, pieces, err)
	}
	if whole.users != users || whole.operations != operations {
		t.Fatalf("%q: counted %+v, want %d operations, %d users", body, whole, operations, users)
	}
}

// full is a body of nearly five million bytes in one operation.
func full() []byte {
	var b strings.Builder
	b.WriteString(`[{"operation_type":"Update","params":{"users":[`)
	for i := range 63_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"email":["%064x"]}`, i*7919)
	}
	b.WriteString(`]}}]`)
	return []byte(b.String())
}

func TestFullBody(t *testing.T) {
	t.Parallel()
	body := full()
	got := parse(body, testRules())
	if got.failed() || got.users != 63_000 || len(got.identities) != 63_000 {
		t.Fatalf("failed %v, %d users, %d identities", got.failed(), got.users, len(got.identities))
	}
	counting(t, body, 1, 63_000)
}

func BenchmarkParse(b *testing.B) {
	body := full()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		parse(body, testRules())
	}
}

func BenchmarkApply(b *testing.B) {
	batch := parse(full(), testRules())
	batch.operations[0].until = 1 << 31
	m := newMembers()
	for b.Loop() {
		m.apply(batch, nil)
	}
}

func BenchmarkCount(b *testing.B) {
	body := full()
	buffer := make([]byte, 256<<10)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := count(bytes.NewReader(body), buffer); err != nil {
			b.Fatal(err)
		}
	}
}
