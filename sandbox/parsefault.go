package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseFault reads a fault from text such as "status=503,count=2,retry_after=1". The
// keys are those of the JSON form. A key alone is true; several poisoned identities are
// parted by a bar; a comma or a bar cannot be part of a value.
func ParseFault(text string) (Fault, error) {
	var f Fault
	given := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		key, value, has := strings.Cut(strings.TrimSpace(part), "=")
		if given[key] {
			return Fault{}, fmt.Errorf("fault: %s comes twice", key)
		}
		given[key] = true
		if !has {
			value = "true"
		}
		if err := f.set(key, value); err != nil {
			return Fault{}, err
		}
	}
	if err := f.Check(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

func (f *Fault) set(key, value string) (err error) {
	switch key {
	case "on":
		f.On = Target(value)
	case "method":
		f.Method = value
	case "path":
		f.Path = value
	case "skip":
		f.Skip, err = strconv.Atoi(value)
	case "count":
		f.Count, err = strconv.Atoi(value)
	case "same":
		f.Same, err = strconv.ParseBool(value)
	case "probability":
		f.Probability, err = strconv.ParseFloat(value, 64)
	case "seed":
		f.Seed, err = strconv.ParseUint(value, 10, 64)
	case "when":
		f.When = When(value)
	case "status":
		f.Status, err = strconv.Atoi(value)
	case "body":
		f.Body = BodyKind(value)
	case "code":
		f.Code = value
	case "message":
		f.Message = value
	case "retry_after":
		f.RetryAfter, err = strconv.Atoi(value)
	case "no_limits":
		f.NoLimits, err = strconv.ParseBool(value)
	case "reset":
		err = f.setReset(value)
	case "delay":
		var d time.Duration
		d, err = time.ParseDuration(value)
		f.Delay = Duration(d)
	case "truncate":
		f.Truncate, err = strconv.ParseBool(value)
	case "count_off":
		f.CountOff, err = strconv.Atoi(value)
	case "total_off":
		f.TotalOff, err = strconv.Atoi(value)
	case "poison":
		f.Poison = strings.Split(value, "|")
	case "shape":
		f.Shape = Shape(value)
	default:
		return fmt.Errorf("fault: unknown key %q", key)
	}
	if err != nil {
		return fmt.Errorf("fault: %s: cannot read %q", key, value)
	}
	return nil
}

// setReset takes reset=before and reset=after besides a boolean, for short.
func (f *Fault) setReset(value string) (err error) {
	if value == string(Before) || value == string(After) {
		f.Reset, f.When = true, When(value)
		return nil
	}
	f.Reset, err = strconv.ParseBool(value)
	return err
}
