// Package telemetry tells how a server does, to those who run it: metrics for
// Prometheus, traces of the phases of a run for OpenTelemetry, and logs whose secrets
// are blotted out. Nothing here ever sees a record: labels and attributes are names from
// the configuration, ids of runs, and numbers (promise 10).
package telemetry
