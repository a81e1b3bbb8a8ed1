"""Grade what students have handed in: `tools/grade.py WEEK [--out _build/course]`.

It lies in `nbgrader/submitted/STUDENT/week_01/`, under the names that were handed out. What is new,
or was changed, is graded; feedback pages come into `nbgrader/feedback`, the points of all weeks
into `nbgrader/grades.csv`. Answers that a person grades count once they are graded; grade again
then, and the feedback tells of them too.
"""

import argparse
import re
import sys
from pathlib import Path

from assignments import points
from book import read
from course import OUT, run_nbgrader, week_name

# the checkers know the answers, and who asks them leaves such a word
COPIED = re.compile(r"_exercises\b|\boracle\b")

FAILED = re.compile(r"There was an error .* for student '([^']+)'")


def copied(name, folder):
    """Return "student: notebook" of the answers that ask a checker for its own answer."""
    found = []
    for path in sorted(folder.glob(f"submitted/*/{name}/*.ipynb")):
        answers = [
            cell.source
            for cell in read(path).cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        ]
        if any(map(COPIED.search, answers)):
            found.append(f"{path.parents[1].name}: {path.name}")
    return found


def misnamed(name, folder):
    """Return, for each student, what was handed out and did not come back under its name."""
    wanted = {path.name for path in (folder / "source" / name).glob("*.ipynb")}
    found = []
    for place in sorted(folder.glob(f"submitted/*/{name}")):
        there = {path.name for path in place.iterdir()}
        missing, other = sorted(wanted - there), sorted(there - wanted)
        if missing:
            lies = f"; there is {', '.join(other)}" if other else ""
            found.append(f"{place.parent.name}: {', '.join(missing)}{lies}")
    return found


def changed(name, folder):
    """Return the students whose files were changed or renamed after they had been graded."""
    found = []
    for place in sorted(folder.glob(f"submitted/*/{name}")):
        student = place.parent.name
        graded = folder / "autograded" / student / name
        times = [path.stat() for path in (place, *place.iterdir())]
        latest = max(max(one.st_mtime, one.st_ctime) for one in times)
        if graded.is_dir() and latest > graded.stat().st_mtime:
            found.append(student)
    return found


def to_give(name, folder):
    """Return the points of a week: those that are given by themselves, those by hand."""
    made = map(read, (folder / "source" / name).glob("*.ipynb"))
    return tuple(map(sum, zip(*map(points, made))))


def grade(week, folder, nbgrader):
    """Grade a week; return the students, and {student: reason} of those who could not be."""
    name, faults = week_name(week), {}
    if not (folder / "source" / name).is_dir():
        there = sorted(path.name for path in (folder / "source").glob("week_*"))
        raise ValueError(
            f"there is no {name}; there are {', '.join(there) or 'no weeks: make course'}"
        )
    students = sorted(
        path.parent.name for path in folder.glob(f"submitted/*/{name}")
    )
    if not students:
        raise ValueError(
            f"nothing lies in {folder / 'submitted' / 'STUDENT' / name}"
        )
    again = [
        ("autograde", name, "--student", student, "--force")
        for student in changed(name, folder)
    ]
    for words in (
        *again,
        ("autograde", name),
        ("generate_feedback", name, "--force"),
    ):
        try:
            run_nbgrader(folder, nbgrader, *words)
        except RuntimeError as error:  # the others are graded all the same
            failed = FAILED.findall(str(error))
            if not failed:
                raise
            faults |= dict.fromkeys(failed, str(error))
    run_nbgrader(folder, nbgrader, "export", "--to", "grades.csv")
    return students, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("week", type=int)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--nbgrader", default="nbgrader")
    given = parser.parse_args()
    folder = given.out.resolve() / "nbgrader"
    try:
        students, faults = grade(given.week, folder, given.nbgrader)
    except (ValueError, RuntimeError) as error:
        sys.exit(f"grade: {error}")
    name = week_name(given.week)
    alone, hand = to_give(name, folder)
    print(f"{len(students) - len(faults)} of {len(students)} graded")
    print(
        f"{alone} points are given by themselves, {hand} by hand, in Formgrader"
    )
    print(f"Points: {folder / 'grades.csv'}\nFeedback: {folder / 'feedback'}")
    for files in misnamed(name, folder):
        print(f"Counts nothing, for its name is not what was handed out: {files}")
    for answer in copied(name, folder):
        print(f"Look at {answer}: it speaks of the checkers' own answers")
    for student in faults:
        print(f"Not graded: {student}", file=sys.stderr)
    for reason in set(faults.values()):
        print(reason, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
