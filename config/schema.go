package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Schema is a JSON Schema, as JSON has it.
type Schema map[string]any

// The schemas of the kinds of things that a file has.
const (
	SourceSchema      = "SourceSpec"
	DestinationSchema = "DestinationSpec"
	ConnectionSchema  = "ConnectionSpec"
	SuppressionSchema = "SuppressionSpec"
)

// Schemas describes sources, destinations, connections and lists of people as a file has them, by name.
// They refer to each other with prefix before the name. A schema says what is well formed;
// only the check knows whether it all fits together.
func Schemas(k Known, prefix string) map[string]Schema {
	d := describer{prefix: prefix, all: map[string]Schema{}}
	place := Schema{"type": "string", "enum": []string{string(eddy.InWarehouse), string(eddy.Local)}, "description": "Where the state lies."}
	schema := Schema{"type": "string", "default": "_eddy", "description": "Eddy's own schema in the warehouse."}
	d.kinds(SourceSchema, "Source", k.Sources, map[string]Schema{"schema": schema, "state": place, "relations": {"type": "object", "additionalProperties": d.ref("Relation"), "description": "What conditions can ask of the rows of other tables, by name."}})
	d.kinds(DestinationSchema, "Destination", k.Destinations, nil)
	d.connection()
	d.suppression()
	return d.all
}

type describer struct {
	prefix string
	all    map[string]Schema
}

func (d describer) ref(name string) Schema { return Schema{"$ref": d.prefix + name} }

// kinds describes one of several types, told apart by the key type.
func (d describer) kinds(name, suffix string, kinds map[string]Kind, common map[string]Schema) {
	var one []Schema
	byType := map[string]string{}
	for _, typ := range slices.Sorted(maps.Keys(kinds)) {
		properties := maps.Clone(common)
		if properties == nil {
			properties = map[string]Schema{}
		}
		properties["type"] = Schema{"type": "string", "enum": []string{typ}}
		required := []string{"type"}
		for _, o := range kinds[typ].Options {
			group, key := o.Group()
			if group != "" {
				grouped(properties, group)[key] = optionSchema(o)
				continue
			}
			properties[key] = optionSchema(o)
			if o.Required {
				required = append(required, o.Name)
			}
		}
		its := camel(typ) + suffix
		d.all[its] = object(properties, required...)
		one = append(one, d.ref(its))
		byType[typ] = d.prefix + its
	}
	d.all[name] = Schema{"oneOf": one, "discriminator": Schema{"propertyName": "type", "mapping": byType}}
}

// grouped are the properties of a group of options.
func grouped(properties map[string]Schema, group string) map[string]Schema {
	if properties[group] == nil {
		properties[group] = object(map[string]Schema{})
	}
	return properties[group]["properties"].(map[string]Schema)
}

// camel makes a name of a type: XAudience of x_audience.
func camel(typ string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(typ, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

func object(properties map[string]Schema, required ...string) Schema {
	s := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// optionSchema describes the value of an option.
func optionSchema(o eddy.Option) Schema {
	s := Schema{"description": o.Help}
	text := Schema{"type": "string"}
	if len(o.Choices) > 0 {
		text["enum"] = o.Choices
	}
	switch o.Kind {
	case eddy.BoolOption:
		s["type"] = "boolean"
	case eddy.NumberOption:
		s["type"], s["minimum"] = "integer", 0
	case eddy.PortOption:
		s["type"], s["minimum"], s["maximum"] = "integer", 1, maxPort
	case eddy.ListOption:
		s["anyOf"] = []Schema{{"type": "array", "items": text}, {"type": "string", "description": "The texts with commas between them."}}
	default:
		maps.Copy(s, text)
	}
	if o.Secret() {
		s["description"] = o.Help + " Read, it is masked; a mask that is sent back keeps it."
	}
	return s
}

// connection describes connections and what they are made of.
func (d describer) connection() {
	text := func(description string) Schema { return Schema{"type": "string", "description": description} }
	d.all["Audience"] = keyed([]string{"id", "create"}, map[string]Schema{
		"id": text("An existing audience."), "create": d.ref("AudienceToCreate"),
	})
	d.all["AudienceToCreate"] = object(map[string]Schema{
		"name": {"type": "string", "maxLength": eddy.MaxAudienceName}, "description": {"type": "string"},
	}, "name")
	d.all["MappedField"] = Schema{
		"description": "What fills a field: a column by its name or as {column: ...}, or a constant.",
		"anyOf": []Schema{
			text("The name of a column."),
			object(map[string]Schema{"column": {"type": "string"}}, "column"),
			object(map[string]Schema{"constant": {"type": "string"}}, "constant"),
		},
	}
	d.all["Mapping"] = Schema{"type": "object", "additionalProperties": d.ref("MappedField"), "minProperties": 1, "description": "What fills the destination's fields, by field."}
	d.all["Schedule"] = keyed(scheduleKeys(), map[string]Schema{
		"type":       {"type": "string", "enum": []string{string(eddy.Manual), string(eddy.Basic), string(eddy.Cron), string(eddy.Following), string(eddy.OnWebhook)}},
		"every":      text("The interval of a basic schedule, such as 6h."),
		"start_at":   text("The time of day from which a basic schedule counts, such as 02:00."),
		"expression": text("The five fields of a cron schedule."),
		"timezone":   text("The time zone, such as Europe/Berlin; UTC without it."),
		"after":      afterSchema(),
		"webhook":    text("The webhook of the server that starts it. With it, type may be left out."),
	})
	d.settings()
	d.conditions()
	d.all["Holdout"] = keyed(holdoutKeys(), map[string]Schema{
		"percent": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": wholly, "description": "How many percent of the records stay out of the audience, with two decimals at most."},
		"salt":    {"type": "string", "maxLength": maxSalt, "description": "Another salt holds out others; the connection's name without it."},
	}, "percent")
	d.all[ConnectionSchema] = keyed(connectionKeys(), map[string]Schema{
		"source": text("The source, by name."), "table": text("The table or view that is mirrored; or else sql."), "sql": text("The query that is mirrored."), "where": d.ref("Condition"),
		"destination": text("The destination, by name."), "audience": d.ref("Audience"),
		splitKey:     text("A column: each of its values has an audience of its own, in whose name {column} stands for the value."),
		capKey:       {"type": "integer", "minimum": 1, "maximum": eddy.MostAudiences, "default": eddy.DefaultAudiences, "description": "How many values the column of split_by may have; a run of a model with more is refused."},
		"sync_mode":  {"type": "string", "enum": []string{string(eddy.Mirror), string(eddy.Upsert)}, "default": string(eddy.Mirror)},
		"identifier": text("The column that names a record."), "mapping": d.ref("Mapping"), "holdout": d.ref("Holdout"), "schedule": d.ref("Schedule"), "settings": d.ref("Settings"),
	}, "source", "destination", "audience", "identifier", "mapping")
}

// suppression describes lists of people who are in no audience.
func (d describer) suppression() {
	text := func(description string) Schema { return Schema{"type": "string", "description": description} }
	d.all[SuppressionSchema] = keyed(suppressionKeys(), map[string]Schema{
		"source": text("The source, by name."), "table": text("The table or view that has the list; or else sql."), "sql": text("The query that gives the list."),
		"mapping": {"type": "object", "additionalProperties": text("The name of a column."), "minProperties": 1, "description": "The columns that have identities, by field."},
		"upload":  object(map[string]Schema{"default_region": text("The two-letter region of phone numbers without a country code. Without it they are refused.")}),
	})
	d.all[SuppressionSchema]["description"] = "A list lies in a source, or is uploaded; then it has upload alone."
}

// conditions describes what says which rows of a table are mirrored.
func (d describer) conditions() {
	text := func(description string) Schema { return Schema{"type": "string", "description": description} }
	column := text("A column of the table.")
	d.all["Relation"] = keyed(relationKeys(), map[string]Schema{
		"table": text("The table whose rows belong to those of another one."), "key": text("Its column that says to whom."),
		"of": text("The table to whose rows they belong."), "of_key": text("The column there that key refers to; without it, one of the same name."),
	}, "table", "key", "of")
	value := Schema{"description": "A text, a number, true or false; a day is 2026-01-31, a moment 2026-01-31T12:00:00Z.", "anyOf": []Schema{{"type": "string"}, {"type": "number"}, {"type": "boolean"}}}
	condition := map[string]Schema{"column": column}
	for _, op := range eddy.Ops() {
		condition[string(op)] = value
		if op.Many() {
			condition[string(op)] = Schema{"type": "array", "items": value, "minItems": 1, "maxItems": eddy.MaxOneOf}
		}
		if op.IsDays() {
			condition[string(op)] = Schema{"type": "integer", "minimum": 0, "maximum": eddy.MaxDays}
		}
	}
	condition[string(eddy.Empty)] = Schema{"type": "boolean"}
	comparison := func(with map[string]Schema) Schema {
		for _, op := range eddy.Numeric() {
			with[string(op)] = Schema{"type": "number"}
		}
		return object(with)
	}
	for _, a := range eddy.Aggregates() {
		condition[string(a)] = comparison(map[string]Schema{"column": column})
	}
	condition[string(eddy.Count)] = comparison(map[string]Schema{})
	condition[string(eddy.Exists)] = Schema{"type": "boolean"}
	for _, group := range []string{"all", "any", "none"} {
		condition[group] = Schema{"type": "array", "items": d.ref("Condition")}
	}
	condition["relation"], condition["where"] = text("A relation of the source."), d.ref("Condition")
	condition["audience"], condition["in"] = text("A connection of the same source: whether the record is in its model."), Schema{"type": "boolean", "default": true}
	d.all["Condition"] = object(condition)
	d.all["Condition"]["description"] = "Which rows of the table are mirrored: a group (all, any or none, with a list of conditions), a test of a column ({column, is}), of the rows of a relation ({relation, where, count}), or of another audience ({audience, in})."
}

func (d describer) settings() {
	def := eddy.DefaultSettings()
	whole := func(def, low, high int) Schema {
		return Schema{"type": "integer", "minimum": low, "maximum": high, "default": def}
	}
	flag := func(def bool) Schema { return Schema{"type": "boolean", "default": def} }
	d.all["Settings"] = keyed(settingsKeys(), map[string]Schema{
		"retain_sync_logs":        flag(def.RetainSyncLogs),
		"sync_log_retention_days": whole(def.SyncLogRetentionDays, 0, maxDays),
		"snapshots_to_retain":     whole(def.SnapshotsToRetain, 0, maxSnapshots),
		"retry_failed_records":    flag(def.RetryFailedRecords),
		"max_attempts":            whole(def.MaxAttempts, 1, maxAttempts),
		"guard":                   d.ref("Guard"),
		"renew_before_days":       whole(def.RenewBeforeDays, 0, maxRenew),
		"max_shared":              whole(def.MaxShared, 0, maxShared),
		"max_bytes":               whole(def.MaxBytes, 0, maxBytes),
	})
	d.all["Guard"] = keyed(guardKeys(), map[string]Schema{
		"max_removed_percent":   {"type": "number", "minimum": 0, "maximum": 100, "default": def.Guard.MaxRemovedPercent},
		"allow_empty":           flag(def.Guard.AllowEmpty),
		"approve_slack_percent": {"type": "number", "minimum": 0, "maximum": 100, "default": def.Guard.ApproveSlackPercent},
	})
}

// keyed is an object of exactly the keys that the check takes: a key that is not described
// takes anything, and one that the check does not know is not described.
func keyed(keys []string, described map[string]Schema, required ...string) Schema {
	properties := map[string]Schema{}
	for _, key := range keys {
		properties[key] = described[key]
		if properties[key] == nil {
			properties[key] = Schema{}
		}
	}
	return object(properties, required...)
}
