package eddy_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
)

// TestNearest tells slips from other words.
func TestNearest(t *testing.T) {
	words := []string{"source", "table", "sql", "destination", "sync_mode", "identifier"}
	for word, want := range map[string]string{
		"tabel": "table", "Table": "table", "tables": "table", "sorce": "source", "sources": "source",
		"sync-mode": "sync_mode", "syncmode": "sync_mode", "sq": "sql", "identifer": "identifier",
		"column": "", "x": "", "": "", "tbl": "", "quelle": "",
	} {
		if got, ok := eddy.Nearest(word, words); got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", word, got, ok, want)
		}
	}
}

// TestNearestFindsOneSlip leaves out, doubles or swaps letters of a word.
func TestNearestFindsOneSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := []rune(rapid.StringMatching(`[a-zé日]{4,12}`).Draw(t, "word"))
		at := rapid.IntRange(0, len(word)-2).Draw(t, "at")
		slip := append([]rune{}, word...)
		switch rapid.IntRange(0, 2).Draw(t, "slip") {
		case 0:
			slip = append(slip[:at], slip[at+1:]...)
		case 1:
			slip = append(slip[:at+1], word[at:]...)
		case 2:
			slip[at], slip[at+1] = slip[at+1], slip[at]
		}
		if got, ok := eddy.Nearest(string(slip), []string{string(word)}); !ok || got != string(word) {
			t.Fatalf("Nearest(%q) = %q, %v; want %q", string(slip), got, ok, string(word))
		}
	})
}
