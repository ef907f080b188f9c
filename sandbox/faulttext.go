package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// String writes the fault so that ParseFault reads it back. Values with a comma, which
// only the JSON form can carry, come out unreadable.
func (f Fault) String() string {
	var parts []string
	add := func(key string, value any, given bool) {
		if given {
			parts = append(parts, fmt.Sprintf("%s=%v", key, value))
		}
	}
	add("on", f.On, f.On != "")
	add("method", f.Method, f.Method != "")
	add("path", f.Path, f.Path != "")
	add("skip", f.Skip, f.Skip != 0)
	add("count", f.Count, f.Count != 0)
	add("same", f.Same, f.Same)
	add("probability", f.Probability, f.Probability != 0)
	add("seed", f.Seed, f.Seed != 0)
	add("when", f.When, f.When != "")
	add("status", f.Status, f.Status != 0)
	add("body", f.Body, f.Body != "")
	add("code", f.Code, f.Code != "")
	add("message", f.Message, f.Message != "")
	add("retry_after", f.RetryAfter, f.RetryAfter != 0)
	add("no_limits", f.NoLimits, f.NoLimits)
	add("reset", f.Reset, f.Reset)
	add("delay", time.Duration(f.Delay), f.Delay != 0)
	add("truncate", f.Truncate, f.Truncate)
	add("count_off", f.CountOff, f.CountOff != 0)
	add("total_off", f.TotalOff, f.TotalOff != 0)
	add("poison", strings.Join(f.Poison, "|"), len(f.Poison) > 0)
	add("shape", f.Shape, f.Shape != "")
	return strings.Join(parts, ",")
}
