package xads

import (
	"testing"
	"time"
)

// FuzzAnswers reads arbitrary answers as each of the calls does. What cannot be read is an
// error whose text is fixed: one that quoted the answer could quote a person.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", `{"data":null}`, `{"data":[]}`, `{"data":[{"success_count":1,"total_count":"1"}]}`, `{"data":{"success_count":1.5,"total_count":1e3}}`,
		`{"data":[{"id":"1nmth","name":null,"audience_size":"12","created_at":"2026-01-02T03:04:05+0100","reasons_not_targetable":"TOO_SMALL"}],"next_cursor":7}`,
		`{"data":{"id":["x"]},"next_cursor":{}}`, `{"data":[null]}`, `{"data":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	fixed := []string{
		"the answer is not the JSON object that X documents", "the answer has no data", "the answer's data is not one object", "the answer's data is not an object",
		"the answer's data is not a list", "the answer's data holds something that is not an object", "the answer lacks success_count or total_count",
		"the answer holds an audience without an id",
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var one audienceJSON
		var many []audienceJSON
		_, counted := readCounts(body)
		_, paged := readList(body, &many)
		errs := []error{counted, paged, readObject(body, &one)}
		for _, a := range append(many, one) {
			got, err := a.toAudience()
			errs = append(errs, err)
			if err == nil && got.CreatedAt.Location() != time.UTC {
				t.Fatalf("%v is not in UTC", got.CreatedAt)
			}
		}
	errors:
		for _, err := range errs {
			for _, text := range fixed {
				if err == nil || err.Error() == text {
					continue errors
				}
			}
			t.Fatalf("an answer that cannot be read is told as %q", err)
		}
	})
}
