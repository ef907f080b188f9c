"""Speaks to the sandbox as X's Python SDK does on the wire, through requests-oauthlib.

Usage: client.py BASE_URL. Prints one JSON object about what it saw.
"""
import hashlib
import json
import sys

from requests_oauthlib import OAuth1Session

base = sys.argv[1]
account = base + "/11/accounts/18ce54d4x5t"
session = OAuth1Session("ck", client_secret="cs", resource_owner_key="at", resource_owner_secret="ats")


def ask(method, url, **kw):
    answer = session.request(method, url, **kw)
    if answer.status_code > 399:
        sys.exit(f"{method} {url}: {answer.status_code} {answer.text}")
    assert answer.headers["x-current-api-version"] == "12"
    assert "x-api-warn" in answer.headers
    return answer.json()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


name = "VIP, 50% off: a&b + é @home/;=?$"
created = ask("POST", account + "/custom_audiences", params={"name": name})["data"]
assert created["name"] == name, created
audience = account + "/custom_audiences/" + created["id"]
assert ask("GET", audience, params={"with_deleted": "True"})["data"]["id"] == created["id"]

users = [{"email": [digest("a@example.com")]}, {"email": [digest("b@example.com")], "partner_user_id": ["p 1"]}]
body = json.dumps([
    {"operation_type": "Update", "params": {"users": users, "expires_at": "2099-01-01T08:00:00-0800"}},
    {"operation_type": "Delete", "params": {"users": users[:1]}},
])
counts = ask("POST", audience + "/users", data=body, headers={"Content-Type": "application/json"})["data"]
assert counts == {"success_count": 3, "total_count": 3}, counts
members = session.get(base + "/_sandbox/audiences/" + created["id"] + "/members").json()["identities"]

for i in range(4):
    ask("POST", account + "/custom_audiences", params={"name": f"list {i}", "description": "Ladies + Gentlemen"})
ids, cursor = [], None
while True:
    query = {"count": "2", "sort_by": "created_at-desc", "q": "LIST"}
    if cursor:
        query["cursor"] = cursor
    page = ask("GET", account + "/custom_audiences", params=query)
    ids += [a["id"] for a in page["data"]]
    cursor = page["next_cursor"]
    if not cursor:
        break
renamed = ask("PUT", audience, params={"name": "an audience", "description": ""})["data"]
deleted = ask("DELETE", audience)["data"]
print(json.dumps({
    "id": created["id"], "members": members, "listed": len(set(ids)),
    "renamed": renamed["name"], "deleted": deleted["deleted"],
}))
