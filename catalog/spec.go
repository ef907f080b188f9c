package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/store"
)

// Objects writes what a file says as objects of the store. Values that are the default
// are left out.
func Objects(f *config.File) ([]store.Object, error) {
	var out []store.Object
	add := func(kind store.Kind, name string, spec object) error {
		data, err := json.Marshal(spec)
		if err != nil {
			return err
		}
		open, secrets, err := Separate(kind, data, store.Object{})
		if err == nil {
			err = Leads(kind, open)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, name, err)
		}
		out = append(out, store.Object{Kind: kind, Name: name, Spec: open, Secrets: secrets})
		return nil
	}
	for _, name := range f.SourceNames {
		if err := add(store.Source, name, sourceSpec(f.Sources[name])); err != nil {
			return nil, err
		}
	}
	for _, name := range f.DestinationNames {
		d := f.Destinations[name]
		if err := add(store.Destination, name, optionsSpec(object{{"type", d.Type}}, Options(store.Destination, d.Type), d.Options)); err != nil {
			return nil, err
		}
	}
	for _, name := range f.ConnectionNames {
		if err := add(store.Connection, name, connectionSpec(f.Connections[name])); err != nil {
			return nil, err
		}
	}
	for _, list := range f.Suppress {
		if err := add(store.Suppression, list.Name, suppressionSpec(list)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func suppressionSpec(s eddy.Suppression) object {
	if s.Upload != nil {
		return object{{"upload", object{}.put("default_region", s.Upload.Region, s.Upload.Region != "")}}
	}
	return object{{"source", s.Source}}.put("table", s.Model.Table, s.Model.Table != "").put("sql", s.Model.SQL, s.Model.SQL != "").
		put("mapping", mappingSpec(s.Mapping), true)
}

func sourceSpec(s eddy.Source) object {
	o := object{{"type", s.Type}}
	o = optionsSpec(o, Options(store.Source, s.Type), s.Options)
	relations := object{}
	for _, r := range s.Relations {
		spec := object{{"table", r.Table}, {"key", r.Key}, {"of", r.Of}}
		relations = append(relations, member{r.Name, spec.put("of_key", r.OfKey, r.OfKey != r.Key)})
	}
	o = o.put("relations", relations, len(relations) > 0)
	return o.put("schema", s.Schema, s.Schema != "_eddy").put("state", string(s.State), s.State == eddy.Local)
}

// optionsSpec adds the options that are not what they would be anyway.
func optionsSpec(o object, declared []eddy.Option, values map[string]string) object {
	for _, option := range declared {
		value, set := values[option.Name]
		if !set || !option.Required && value == option.Default {
			continue
		}
		group, key := option.Group()
		if m := (member{key, optionValue(option, value)}); group == "" {
			o = append(o, m)
		} else {
			o = o.into(group, m)
		}
	}
	return o
}

// into adds a member to a group, which is the last one if it is there.
func (o object) into(group string, m member) object {
	if n := len(o) - 1; n >= 0 && o[n].name == group {
		if members, ok := o[n].value.(object); ok {
			o[n].value = append(members, m)
			return o
		}
	}
	return append(o, member{group, object{m}})
}

// optionValue is the text of an option as a person would write it.
func optionValue(option eddy.Option, value string) any {
	switch option.Kind {
	case eddy.BoolOption:
		return value == "true"
	case eddy.NumberOption, eddy.PortOption:
		if option.Secret() {
			return value
		}
		return json.Number(value)
	case eddy.ListOption:
		list := []any{}
		for part := range strings.SplitSeq(value, ",") {
			if part != "" {
				list = append(list, part)
			}
		}
		return list
	default:
		return value
	}
}

func connectionSpec(c eddy.Connection) object {
	o := object{{"source", c.Source}}
	o = o.put("table", c.Model.Table, c.Model.Table != "")
	if c.Model.Where != nil {
		o = append(o, member{"where", conditionSpec(c.Model.Where)})
	}
	o = o.put("sql", c.Model.SQL, c.Model.SQL != "")
	o = append(o, member{"destination", c.Destination}, member{"audience", audienceSpec(c.Audience)})
	if s := c.Split; s != nil {
		o = append(o, member{"split_by", s.Column}).put("max_audiences", s.MaxAudiences, s.MaxAudiences != eddy.DefaultAudiences)
	}
	return append(
		o,
		member{"sync_mode", string(c.SyncMode)},
		member{"identifier", c.Identifier},
		member{"mapping", mappingSpec(c.Mapping)},
	).put("holdout", holdoutSpec(c), c.Holdout != nil).
		put("schedule", scheduleSpec(c.Schedule), true).
		put("settings", settingsSpec(c.Settings), c.Settings != eddy.DefaultSettings())
}

func holdoutSpec(c eddy.Connection) object {
	if c.Holdout == nil {
		return nil
	}
	return object{{"percent", c.Holdout.Percent}}.put("salt", c.Holdout.Salt, c.Holdout.Salt != c.Name)
}

func conditionSpec(c *eddy.Condition) object {
	group := func(key string, conditions []eddy.Condition) object {
		list := []any{}
		for i := range conditions {
			list = append(list, conditionSpec(&conditions[i]))
		}
		return object{{key, list}}
	}
	switch {
	case c.Test != nil:
		return object{{"column", c.Test.Column}, {string(c.Test.Op), operands(c.Test)}}
	case c.Related != nil:
		return relatedSpec(c.Related)
	case c.Member != nil:
		return object{{"audience", c.Member.Connection}, {"in", !c.Member.Not}}
	case c.Any != nil:
		return group("any", c.Any)
	case c.None != nil:
		return group("none", c.None)
	default:
		return group("all", c.All)
	}
}

func relatedSpec(r *eddy.Related) object {
	o := object{{"relation", r.Relation.Name}}
	if r.Aggregate == eddy.Exists {
		o = append(o, member{string(r.Aggregate), r.Value == "true"})
	} else {
		comparison := object{}.put("column", r.Column, r.Column != "")
		o = append(o, member{string(r.Aggregate), append(comparison, member{string(r.Op), operand(r.Op, r.Value)})})
	}
	if r.Where != nil {
		o = append(o, member{"where", conditionSpec(r.Where)})
	}
	return o
}

// operands are the values of a test as a person would write them.
func operands(t *eddy.Test) any {
	if !t.Op.Many() {
		return operand(t.Op, t.Values[0])
	}
	list := []any{}
	for _, v := range t.Values {
		list = append(list, operand(t.Op, v))
	}
	return list
}

// operand is a value. What may be a text stays one: as a number it would lose its zeros.
func operand(op eddy.Op, v string) any {
	number := json.Number(v)
	_, err := number.Float64()
	switch {
	case v == "true" || v == "false":
		return v == "true"
	case err == nil && json.Valid([]byte(v)) && (op.IsDays() || slices.Contains([]eddy.Op{eddy.Above, eddy.AtLeast, eddy.Below, eddy.AtMost}, op)):
		return number
	default:
		return v
	}
}

func audienceSpec(a eddy.Audience) object {
	if a.Create == nil {
		return object{{"id", a.ID}}
	}
	made := object{{"name", a.Create.Name}}
	return object{{"create", made.put("description", a.Create.Description, a.Create.Description != "")}}
}

func mappingSpec(m eddy.Mapping) object {
	o := object{}
	for _, f := range m {
		var from any = f.Column
		if f.Constant != nil {
			from = object{{"constant", *f.Constant}}
		}
		o = append(o, member{f.Field, from})
	}
	return o
}

func scheduleSpec(s eddy.Schedule) object {
	o := object{{"type", string(s.Type)}}
	return o.put("every", Interval(s.Every), s.Every != 0).
		put("start_at", s.StartAt, s.StartAt != "").
		put("expression", s.Expression, s.Expression != "").
		put("timezone", s.Timezone, s.Timezone != "").
		put("after", oneOrMany(s.After), len(s.After) > 0).
		put("webhook", s.Webhook, s.Webhook != "")
}

// oneOrMany is a list of names as a person would write it: one of them alone.
func oneOrMany(names []string) any {
	if len(names) == 1 {
		return names[0]
	}
	return names
}

// Interval writes an interval as a person would: 6h, 90m.
func Interval(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	default:
		return d.String()
	}
}

func settingsSpec(s eddy.Settings) object {
	d := eddy.DefaultSettings()
	o := object{}
	o = o.put("retain_sync_logs", s.RetainSyncLogs, s.RetainSyncLogs != d.RetainSyncLogs)
	o = o.put("sync_log_retention_days", s.SyncLogRetentionDays, s.SyncLogRetentionDays != d.SyncLogRetentionDays)
	o = o.put("snapshots_to_retain", s.SnapshotsToRetain, s.SnapshotsToRetain != d.SnapshotsToRetain)
	o = o.put("retry_failed_records", s.RetryFailedRecords, s.RetryFailedRecords != d.RetryFailedRecords)
	o = o.put("max_attempts", s.MaxAttempts, s.MaxAttempts != d.MaxAttempts)
	guard := object{}
	guard = guard.put("max_removed_percent", s.Guard.MaxRemovedPercent, s.Guard.MaxRemovedPercent != d.Guard.MaxRemovedPercent)
	guard = guard.put("allow_empty", s.Guard.AllowEmpty, s.Guard.AllowEmpty != d.Guard.AllowEmpty)
	guard = guard.put("approve_slack_percent", s.Guard.ApproveSlackPercent, s.Guard.ApproveSlackPercent != d.Guard.ApproveSlackPercent)
	o = o.put("guard", guard, len(guard) > 0)
	o = o.put("renew_before_days", s.RenewBeforeDays, s.RenewBeforeDays != d.RenewBeforeDays)
	o = o.put("max_shared", s.MaxShared, s.MaxShared != d.MaxShared)
	return o.put("max_bytes", s.MaxBytes, s.MaxBytes != d.MaxBytes)
}
