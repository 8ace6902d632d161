"""What each way in which a check can end is worth: the same with and without xdist."""

from __future__ import annotations

from .conftest import BAD, GOOD, HEAD, Lab, one

ASYNC = "async def {}(repo, units):"
STATUSES = {
    "good": (one("good", GOOD), "pass"),
    "bad": (one("bad", BAD), "fail"),
    "half": (one("half", f"{GOOD}\n{BAD}"), "fail"),
    "no_units": (one("no_units", "pass"), "fail"),
    "none_is_fine": (one("none_is_fine", "units.none_is_fine('no agents here')"), "pass"),
    "open_unit": (one("open_unit", "units.unknown('one', note='no data')"), "unknown"),
    "asserts": (one("asserts", "assert 1 == 2, 'not equal'"), "fail"),
    "fails": (one("fails", "pytest.fail('said so')"), "fail"),
    "did_not_raise": (one("did_not_raise", "with pytest.raises(KeyError):\n    pass"), "fail"),
    "skips": (one("skips", "unknown('run the tests first')"), "unknown"),
    "skip_mark": (one("skip_mark", GOOD, "@pytest.mark.skip(reason='why')"), "unknown"),
    "skipif_mark": (one("skipif_mark", GOOD, "@pytest.mark.skipif(True, reason='why')"), "unknown"),
    "key_error": (one("key_error", "{}['x']"), "error"),
    "system_exit": (one("system_exit", "sys.exit(0)"), "error"),
    "recursion": (one("recursion", "def f(): f()\nf()"), "error"),
    "memory": (one("memory", "raise MemoryError"), "error"),
    "group": (one("group", "raise ExceptionGroup('g', [AssertionError('x')])"), "error"),
    "generator_exit": (one("generator_exit", "raise GeneratorExit"), "error"),
    "pytest_exit": (one("pytest_exit", "pytest.exit('bye', returncode=0)"), "error"),
    "keyboard": (one("keyboard", "raise KeyboardInterrupt"), "error"),
    "returns_false": (one("returns_false", f"{GOOD}\nreturn False"), "error"),
    "returns_coroutine": (one("returns_coroutine", f"async def f(): pass\n{GOOD}\nreturn f()"), "error"),
    "xfail_asserts": (one("xfail_asserts", "assert False", "@pytest.mark.xfail"), "fail"),
    "xfail_breaks": (one("xfail_breaks", "{}['x']", "@pytest.mark.xfail"), "error"),
    "xfail_passes": (one("xfail_passes", GOOD, "@pytest.mark.xfail(strict=True)"), "pass"),
    "xfail_not_run": (one("xfail_not_run", GOOD, "@pytest.mark.xfail(run=False)"), "error"),
    "xfail_called": (one("xfail_called", "pytest.xfail('known')"), "fail"),
    "no_fixture": (one("no_fixture", GOOD, head="def {}(units, nothing_such):"), "error"),
    "bad_setup": (one("bad_setup", GOOD, head="def {}(units, breaks_before):"), "error"),
    "bad_teardown": (one("bad_teardown", GOOD, head="def {}(units, breaks_after):"), "error"),
    "worse_teardown": (one("worse_teardown", BAD, head="def {}(units, breaks_after):"), "error"),
    "skip_in_fixture": (one("skip_in_fixture", GOOD, head="def {}(units, skips_before):"), "unknown"),
    "async_good": (one("async_good", f"await asyncio.sleep(0)\n{GOOD}", head=ASYNC), "pass"),
    "async_bad": (one("async_bad", BAD, head=ASYNC), "fail"),
    "async_asserts": (one("async_asserts", "assert False", head=ASYNC), "fail"),
    "async_breaks": (one("async_breaks", "raise TimeoutError('its own')", head=ASYNC), "error"),
    "async_returns": (one("async_returns", f"{GOOD}\nreturn 1", head=ASYNC), "error"),
    "async_fixture_one": (one("async_fixture_one", "units.decide('x', shared is not None)",
                              head="async def {}(units, shared):"), "pass"),
    "async_fixture_two": (one("async_fixture_two", "await asyncio.wait_for(shared.wait(), 2)\nunits.good('x')",
                              head="async def {}(units, shared):"), "pass"),
}  # fmt: skip
FIXTURES = """
@pytest.fixture
def breaks_before():
    assert 0, "in a fixture"
@pytest.fixture
def breaks_after():
    yield
    assert 0, "after a fixture"
@pytest.fixture
def skips_before():
    pytest.skip("no data")
@pytest.fixture(scope="module")
async def shared():
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, event.set)
    return event
"""


def test_every_ending_has_one_meaning(lab: Lab, mode: str) -> None:
    text = HEAD + FIXTURES + "".join(source for source, _ in STATUSES.values())
    lab.check_files({"a/check_endings.py": text})
    run = lab.run(mode)
    assert run.statuses == {name: status for name, (_, status) in STATUSES.items()}
    assert run.status == 1
    assert run.report["partial"] == ""
    assert "7 passed, 5 skipped, 5 errors" in run.out  # pytest counts phases: bad_teardown passed its call


def test_what_was_wrong_is_told(lab: Lab) -> None:
    names = ("half", "asserts", "skips", "key_error", "pytest_exit", "returns_false", "bad_setup", "no_fixture")
    lab.check_files({"a/check_b.py": HEAD + FIXTURES + "".join(STATUSES[name][0] for name in names)})
    details = {name: result["details"] for name, result in lab.run("-n0").results.items()}
    assert details["half"] == "1 of 2 hold. one: too small"
    assert details["asserts"] == "not equal"
    assert details["skips"] == "run the tests first"
    assert details["key_error"].startswith("KeyError: 'x' (a/check_b.py:")
    assert details["pytest_exit"].startswith("CheckAborted: the check tried to end the run: Exit bye")
    assert details["returns_false"].startswith("CheckReturned: the check returned bool")
    assert details["bad_setup"].startswith("setup: in a fixture")
    assert details["no_fixture"] == "there is no fixture 'nothing_such'; a check has repo and units"


def test_the_score_is_the_share_of_good_units(lab: Lab, mode: str) -> None:
    body = "units.good('a')\nunits.good('b')\nunits.good('c')\nunits.bad('d', note='no')"
    lab.check_files({"a/check_b.py": HEAD + one("three_quarters", body)})
    run = lab.run(mode)
    assert run.results["three_quarters"]["score"] == 75
    assert run.report["overall_score"] == 75


def test_text_that_no_file_can_hold_does_not_end_the_run(lab: Lab) -> None:
    bodies = {"asserts": "assert 0, {}", "skips": "unknown({})", "units": "units.bad({}, note={})",
              "raises": "raise ValueError({})", "prints": "print({})",
              "warns": f"import warnings\nwarnings.warn({{}})\n{GOOD}"}  # fmt: skip
    odd = {"escape": r"'\ud800'", "name": r"os.fsdecode(b'\xff')"}
    texts = [one(f"{n}_{o}", body.replace("{}", value)) for n, body in bodies.items() for o, value in odd.items()]
    lab.check_files({"a/check_b.py": HEAD + "".join(texts)})
    run = lab.run("-n1")
    ends = {"asserts": "fail", "skips": "unknown", "units": "fail", "raises": "error", "prints": "fail",
            "warns": "pass"}  # fmt: skip
    assert run.statuses == {f"{n}_{o}": ends[n] for n in bodies for o in odd}
    assert "process" not in str(run.results)
    assert run.status == 1


def test_secrets_are_masked_wherever_a_check_says_them(lab: Lab, mode: str) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    bodies = [f"assert 0, '{key}'", f"unknown('{key}')", f"raise ValueError('{key}')", f"print('{key}'); assert 0",
              f"units.bad('{key}', note='{key}')"]  # fmt: skip
    lab.check_files({"a/check_b.py": HEAD + "".join(one(f"n{i}", body) for i, body in enumerate(bodies))})
    run = lab.run(mode, "--tb=long", "-rA", "-vv", "--junitxml=junit.xml")
    shown = run.out + run.err + lab.out.read_text() + (lab.repo / "junit.xml").read_text()
    assert "AKIA****" in shown
    assert not [line for line in shown.splitlines() if key in line]


def test_asserts_of_checks_and_of_their_helpers_say_what_they_compared(lab: Lab, mode: str) -> None:
    helper = "def same(a, b):\n    assert a == b\n"
    text = HEAD + "from .helping import same\n" + one("here", "assert [1] == [2]") + one("there", "same([1], [3])")
    lab.check_files({"a/helping.py": helper, "a/check_b.py": text})
    results = lab.run(mode).results
    assert "At index 0 diff: 1 != 2" in results["here"]["details"]
    assert "At index 0 diff: 1 != 3" in results["there"]["details"]
