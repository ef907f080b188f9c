package xads

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestRefusalHidesPartnerIDs: X repeats a partner's id in a message, with quotes and
// without; what is told and logged does not (promise 10).
func TestRefusalHidesPartnerIDs(t *testing.T) {
	client, _ := scripted(t, answer(http.StatusBadRequest, `{"errors":[{"code":"INVALID","parameter":"Ada","message":"User crm-0815 (ADA Lovelace) is unknown; 'crm-0815' or \"crm-0815\", crm/0815"}]}`))
	body := `[{"operation_type":"Update","params":{"users":[{"partner_user_id":["crm-0815"]},{"partner_user_id" : ["Ada Lovelace"]}]}}]`
	_, err := client.Users(t.Context(), "a1", "b2", []byte(body))
	if err == nil {
		t.Fatal("the refusal is no error")
	}
	for _, word := range []string{"crm", "0815", "Ada", "ADA", "Lovelace"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("%s is told: %v", word, err)
		}
	}
	if !strings.Contains(err.Error(), "User …-… (… …) is unknown") {
		t.Errorf("more was hidden than the ids: %v", err)
	}
}

// FuzzSentWords: no word of an id that was sent is left in a message, whatever both hold.
func FuzzSentWords(f *testing.F) {
	f.Add("crm-0815", "User crm-0815 is unknown")
	f.Add("é\"\\\x00", "É")
	f.Add("ſ", "S K \u212a")
	f.Fuzz(func(t *testing.T, id, message string) {
		list, err := json.Marshal([]string{id})
		if err != nil {
			t.Fatal(err)
		}
		words := sentWords([]byte(`[{"operation_type":"Update","params":{"users":[{"email":["x"],"partner_user_id": ` + string(list) + `}]}}]`))
		said := words.hide(message)
		for _, word := range strings.FieldsFunc(said, between) {
			if words[strings.ToLower(word)] {
				t.Fatalf("%q is left in %q", word, said)
			}
		}
		if words.hide(said) != said {
			t.Fatalf("%q is cleaned again", said)
		}
		for word := range words {
			if !strings.Contains(strings.ToLower(strings.ToValidUTF8(id, "\ufffd")), word) {
				t.Fatalf("%q is no word of %q", word, id)
			}
		}
	})
}
