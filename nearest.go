package eddy

import (
	"strings"
)

// Nearest finds the candidate that a mistyped word most likely stands for: the first of
// those with the fewest slips. Case and the choice between - and _ count as nothing. A
// third of the word's letters, at least one, may be wrong.
func Nearest(word string, candidates []string) (string, bool) {
	// A word this long is no slip, and comparing it would take long.
	const longest = 200
	if len(word) > longest {
		return "", false
	}
	typed := plain(word)
	best, found := "", false
	least := max(1, len(typed)/3) + 1
	for _, candidate := range candidates {
		if len(candidate) > longest {
			continue
		}
		meant := plain(candidate)
		// Fewer slips than letters: else any letter would stand for any other.
		if d := slips(typed, meant); d < least && d < max(len(typed), len(meant), 1) {
			best, found, least = candidate, true, d
		}
	}
	return best, found
}

// plain is a word as it is compared.
func plain(word string) []rune {
	return []rune(strings.ReplaceAll(strings.ToLower(word), "-", "_"))
}

// slips counts the letters left out, put in, mistaken or swapped with a neighbour that
// lead from a to b.
func slips(a, b []rune) int {
	// Three rows of the usual table: the one being filled, and the two above.
	above, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], above[j-2]+1)
			}
		}
		above, last = last, row
	}
	return last[len(b)]
}
