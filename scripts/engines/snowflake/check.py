"""Reads statements by Snowflake's grammar, and says what is wrong with them.

usage: check.py FILE...

sqlfluff's grammar passes what Snowflake refuses: functions that there are none of, DISTINCT ON, a
full join without a condition, words that Snowflake keeps for itself. So the functions are on a list
here, each looked up in Snowflake's documentation, and so is what else is not to stand there.
"""
import logging
import re
import sys

from sqlfluff.core import FluffConfig, Linter

# https://docs.snowflake.com/en/sql-reference/functions-all
FUNCTIONS = set("""
ABS ARRAY_COMPACT ARRAY_TO_STRING CAST COALESCE CONVERT_TIMEZONE COUNT CURRENT_ROLE CURRENT_TIMESTAMP DATEADD FLATTEN HASH HEX_ENCODE
LENGTH LOWER MAX MD5 MIN MOD REGEXP_LIKE REGEXP_REPLACE REPLACE RIGHT ROW_NUMBER SPLIT SPLIT_PART SUM TO_DOUBLE TO_JSON TO_TIMESTAMP_TZ TO_VARCHAR TO_VARIANT TRANSLATE TRUNC
""".split())

# https://docs.snowflake.com/en/sql-reference/reserved-keywords: those that no column or alias may be.
RESERVED = set("""
ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONSTRAINT CREATE CROSS CURRENT DELETE DISTINCT DROP ELSE EXISTS FALSE FOLLOWING FOR FROM FULL
GRANT GROUP HAVING ILIKE IN INCREMENT INNER INSERT INTERSECT INTO IS JOIN LATERAL LEFT LIKE MINUS NATURAL NOT NULL OF ON OR ORDER QUALIFY REGEXP REVOKE RIGHT
RLIKE ROW ROWS SAMPLE SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION UNIQUE UPDATE USING VALUES WHEN WHENEVER WHERE WITH
""".split())

WRONG = (
    (r"\bDISTINCT\s+ON\b", "DISTINCT ON"),
    (r"\bFULL\s+(?:OUTER\s+)?JOIN\b(?:(?!\bON\b|\bUSING\b|\bJOIN\b).)*(?:;|\Z)", "a full join without a condition"),
    (r"\bFILTER\s*\(", "FILTER"),
    (r"\bINTERVAL\s*'\d+'\s*\w+", "an interval with its unit behind"),
    (r"(?<!:)::(?!\w)", "a cast to nothing"),
    (r"`", "names in backticks"),
    (r"~", "a match by ~"),
)


def bare(sql):
    """The statement without its comments, texts and quoted names."""
    return re.sub(r"/\*.*?\*/|--[^\n]*|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"", " x ", sql, flags=re.S)


def problems(linter, sql):
    parsed = linter.parse_string(sql + "\n")
    for error in parsed.violations:
        yield str(error)
    try:
        whole = not any(True for _ in parsed.tree.recursive_crawl("unparsable"))
    except AssertionError:  # there is no tree
        whole = False
    if not whole:
        yield "no statement of Snowflake's"
    text = bare(sql)
    for name in sorted(set(re.findall(r"\b([A-Za-z_]\w*)\(", text))):
        if name.upper() not in FUNCTIONS:
            yield "function %s is not on the list" % name
    for name in re.findall(r"\bAS\s+([A-Za-z_]\w*)(?=\s*[,\n)])", text, flags=re.I):
        if name.upper() in RESERVED:
            yield "%s is a word that Snowflake keeps for itself" % name
    for pattern, what in WRONG:
        if re.search(pattern, text, re.I | re.S):
            yield what


def main():
    logging.disable(logging.CRITICAL)
    linter = Linter(config=FluffConfig(overrides={"dialect": "snowflake", "rules": "LT01", "large_file_skip_byte_limit": 0}))
    known, found, count = set(), 0, 0
    for path in sys.argv[1:]:
        text = open(path, encoding="utf-8").read()
        for sql in re.split(r";\n(?:\n|\Z)", re.sub(r"^-- [^\n]*\n", "", text, flags=re.M)):
            sql = sql.strip()
            if not sql or sql in known:
                continue
            known.add(sql)
            count += 1
            for problem in problems(linter, sql):
                found += 1
                print("%s: %s\n%s\n" % (path, problem, sql))
    print("%d statements, %d problems" % (count, found))
    sys.exit(1 if found or not count else 0)


main()
