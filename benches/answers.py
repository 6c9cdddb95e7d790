"""The same questions to PostgreSQL 15 and to `trunkline serve` over the same rows: what differs, and is not known to, is told, and ends with an error.

    cargo build --release
    apt-get install postgresql-15
    python3 benches/answers.py [--binary PATH] [--zone Europe/Madrid] [--questions FILE]

The questions are those of `benches/answers.sql`: what analysts ask of a contact centre, in PostgreSQL's words. A comment `-- differs: why` before one
says that it is known to. The lake is a simulated centre of 5,000 contacts; the tools are those of `benches/serve.py`. Numbers are the same if they agree to
a part in a million.
"""

import argparse
import decimal
import math
import os
import subprocess
import sys

import compare
import serve

QUESTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "answers.sql")


def make_lake(binary):
    lake = os.path.join(serve.WORK, "answers")
    if not os.path.isdir(lake):
        os.makedirs(serve.WORK, exist_ok=True)
        simulate = [binary, "simulate", "--contacts", "5000", "--days", "20", "--seed", "5", "--out", "-"]
        events = lake + ".jsonl"
        with open(events, "wb") as out:
            subprocess.run(simulate, stdout=out, check=True)
        subprocess.run([binary, "--lake", lake + ".new", "ingest", events, "--connector", "cloudevents"], check=True, stdout=subprocess.DEVNULL)
        os.remove(events)
        os.rename(lake + ".new", lake)
        users = [binary, "--lake", lake, "user"]
        subprocess.run([*users, "add", "bench"], input=serve.PASSWORD, text=True, check=True, stderr=subprocess.DEVNULL)
        subprocess.run([*users, "grant", "bench", "*"], check=True)
    return lake


def questions(file):
    """Pairs of a question and why its answers differ, if they do."""
    found, why = [], None
    with open(file) as text:
        for line in text:
            line = line.strip()
            if line.startswith("-- differs:"):
                why = line.removeprefix("-- differs:").strip()
            elif line and not line.startswith("--"):
                found.append((line.rstrip(";"), why))
                why = None
    return found


def ask(connection, question):
    """Rows, or what was said instead."""
    try:
        return connection.execute(question).fetchall()
    except Exception as error:
        return f"{getattr(error, 'sqlstate', None)}: {str(error).splitlines()[0]}"


def is_same(ours, theirs):
    numbers = (int, float, decimal.Decimal)
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, numbers) and isinstance(theirs, numbers):
        return math.isclose(ours, theirs, rel_tol=1e-6, abs_tol=1e-9)
    if isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        return len(ours) == len(theirs) and all(map(is_same, ours, theirs))
    return ours == theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=compare.BINARY)
    parser.add_argument("--zone", default="UTC")
    parser.add_argument("--questions", default=QUESTIONS)
    options = parser.parse_args()
    serve.install()
    import psycopg
    asked, new = questions(options.questions), 0
    with serve.trunkline(options, make_lake(options.binary)) as ours, serve.postgresql() as theirs:
        serve.fill(ours, theirs)
        with psycopg.connect(ours, autocommit=True) as mine, psycopg.connect(theirs, autocommit=True) as peer:
            for connection in (mine, peer):
                connection.execute(f"SET TIME ZONE '{options.zone}'")
            for question, why in asked:
                a, b = ask(mine, question), ask(peer, question)
                if isinstance(a, list) and isinstance(b, list) and "ORDER BY" not in question:
                    a, b = sorted(a, key=str), sorted(b, key=str)
                are_refused = isinstance(a, str) and isinstance(b, str)
                if is_same(a, b) or are_refused:
                    if why and options.zone == "UTC":
                        print(f"{question}\n  is the same, and was known to differ: {why}")
                        new += 1
                elif not why:
                    first = next(((x, y) for x, y in zip(a, b) if not is_same(x, y)), (a, b)) if isinstance(a, list) and isinstance(b, list) else (a, b)
                    print(f"{question}\n  here: {str(first[0])[:300]}\n  there: {str(first[1])[:300]}")
                    new += 1
    print(f"{len(asked)} questions in {options.zone}, {sum(1 for _, why in asked if why)} known to differ, {new} to look at")
    sys.exit(1 if new else 0)


if __name__ == "__main__":
    main()
