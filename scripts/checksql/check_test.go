package main

import (
	"strings"
	"testing"
)

const before = "CREATE TABLE `p`.`d`.users (id INT64, email STRING, doc JSON);\nCREATE TABLE `old_*` (id INT64);\n"

// TestMistakesAreFound: each of these is refused by BigQuery, with its place. What its planner alone
// refuses is not seen: a FULL JOIN on no equality, and comparing JSON.
func TestMistakesAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT id,\n  emial FROM `p`.`d`.users;":                                                "x.sql:2:3: Unrecognized name: emial",
		"SELECT 1;\n\nSELECT id = 'x' FROM `p`.`d`.users;":                                       "x.sql:3:8: ",
		"SELECT hash FROM (SELECT 1 AS hash);":                                                   "x.sql:1:",
		"SELECT id FROM `p`.`d`.users\nUNION\nSELECT id FROM `p`.`d`.users;":                     "x.sql:",
		"SELECT id FROM `p`.`d`.nowhere;":                                                        "x.sql:1:16: Table not found",
		"CREATE TABLE `p`.`d`.t AS SELECT id FROM `p`.`d`.users;\nSELECT email\nFROM `p`.`d`.t;": "x.sql:2:8: Unrecognized name: email",
		"SELECT '1' FROM `p`.`d`.`old_1` WHERE id = '1';":                                        "x.sql:1:",
	} {
		if _, err := check("x.sql", before, text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n: %v", text, err)
		}
	}
}

// TestRightOnes: what is right passes, with what statements before it made.
func TestRightOnes(t *testing.T) {
	text := "-- One.\nCREATE TABLE IF NOT EXISTS `p`.`d`.t (a STRING);\n\nCREATE TABLE `p`.`d`.u OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 3 DAY)) AS SELECT t.a, FARM_FINGERPRINT(a) & 1023 AS bucket FROM `p`.`d`.t;\n" +
		"CREATE VIEW `p`.`d`.v AS SELECT bucket FROM `p`.`d`.u;\nSELECT bucket + 1 FROM `p`.`d`.v;\n/* a */\nSELECT o.id FROM `p`.`d`.`old_2` o FULL JOIN `p`.`d`.users u ON u.id = o.id;\n-- The end.\n"
	if n, err := check("x.sql", before, text); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
