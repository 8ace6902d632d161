"""Command line and settings file: every value has good and bad forms; nothing in a repository stops an audit."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_readiness import options
from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import categories
from pytest_readiness.options import ReportTarget, UsageProblem, find_root, load
from pytest_readiness.settings import ROLES, Settings

DEFAULTS = Settings()


def written(root: Path, text: str, name: str = "readiness.toml") -> Path:
    """The root, with this settings file in it."""
    (root / name).write_text(text, "utf-8")
    return root


def only_note(root: Path) -> str:
    """The one note that loading the root's settings gives."""
    (note,) = load(root, {}).notes
    return note


class TestReportTarget:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("md", ReportTarget("md")),
            ("json", ReportTarget("json")),
            ("term", ReportTarget("term")),
            ("md:out/report.md", ReportTarget("md", Path("out/report.md"))),
            ("json:/tmp/a:b.json", ReportTarget("json", Path("/tmp/a:b.json"))),
            ("json:C:/x.json", ReportTarget("json", Path("C:/x.json"))),
        ],
    )
    def test_good(self, text: str, target: ReportTarget) -> None:
        assert options.parse_report_target(text) == target

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "unknown report type ''"),
            ("jsn", "did you mean 'json'?"),
            ("MD", "unknown report type"),
            ("md ", "unknown report type"),
            (":x.md", "unknown report type"),
            ("md:", "no usable file after 'md:'"),
            ("md:  ", "no usable file"),
            ("md:a\nb", "no usable file"),
            ("term:x", "takes no file"),
        ],
    )
    def test_bad(self, text: str, words: str) -> None:
        with pytest.raises(ValueError, match=re.escape(words)):
            options.parse_report_target(text)


class TestFailUnder:
    @pytest.mark.parametrize(("text", "value"), [("0", 0), ("100", 100), ("79.95", 79.95), (" 80 ", 80), ("1e2", 100)])
    def test_good(self, text: str, value: float) -> None:
        assert options.parse_fail_under(text) == value

    @pytest.mark.parametrize(
        "text", ["", "nan", "inf", "-inf", "-1", "-0.001", "100.001", "eighty", "80%", "80,5", "0x50"]
    )
    def test_bad(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"score from 0 to 100|not a number"):
            options.parse_fail_under(text)


class TestTimeout:
    @pytest.mark.parametrize(("text", "value"), [("1", 1), ("0.5", 0.5), ("86400", 86400)])
    def test_good(self, text: str, value: float) -> None:
        assert options.parse_timeout(text) == value

    @pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "86401", "60s", "1m", "none"])
    def test_bad(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"must be seconds|not a number"):
            options.parse_timeout(text)


class TestFailOn:
    @pytest.mark.parametrize("text", ["critical", "high", "medium", "low", "never"])
    def test_good(self, text: str) -> None:
        assert options.parse_fail_on(text) == text

    @pytest.mark.parametrize("text", ["", "CRITICAL", "criticl", "none", "critical,high"])
    def test_bad(self, text: str) -> None:
        with pytest.raises(ValueError, match="must be one of critical, high, medium, low, never"):
            options.parse_fail_on(text)

    def test_a_near_miss_is_named(self) -> None:
        with pytest.raises(ValueError, match="did you mean 'critical'"):
            options.parse_fail_on("criticl")


class TestFindRoot:
    @pytest.mark.parametrize("sign", [".git/HEAD", ".git", "readiness.toml"])
    def test_upwards_to_a_sign(self, tmp_path: Path, sign: str) -> None:
        (tmp_path / sign).parent.mkdir(exist_ok=True)
        (tmp_path / sign).write_text("")
        deep = tmp_path / "a" / "b"
        deep.mkdir(parents=True)
        assert find_root(deep) == tmp_path.resolve()

    def test_upwards_to_settings_in_pyproject(self, tmp_path: Path) -> None:
        deep = tmp_path / "a" / "b"
        deep.mkdir(parents=True)
        written(tmp_path, "[tool.readiness]\nfail_under = 70\n", "pyproject.toml")
        written(deep, "[tool.other]\nx = 1\n", "pyproject.toml")
        written(deep.parent, "broken = [", "pyproject.toml")
        assert find_root(deep) == tmp_path.resolve()

    def test_nearest_wins(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        inner = tmp_path / "inner"
        inner.mkdir()
        written(inner, "")
        assert find_root(inner) == inner.resolve()

    def test_no_repository(self, tmp_path: Path) -> None:
        with pytest.raises(UsageProblem) as caught:
            find_root(tmp_path)
        text = str(caught.value)
        assert str(tmp_path.resolve()) in text
        assert "no .git" in text
        assert "pytest --readiness PATH" in text

    @pytest.mark.parametrize(
        ("name", "words"),
        [("missing", "does not exist. Check the spelling"), ("file", "is not a directory. Name the folder"),
         ("loop", "does not exist"), ("nul\0", "does not exist")],
    )  # fmt: skip
    def test_what_is_no_folder(self, tmp_path: Path, name: str, words: str) -> None:
        (tmp_path / "file").write_text("")
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        with pytest.raises(UsageProblem) as caught:
            find_root(tmp_path / name)
        assert words in str(caught.value)
        assert repr(str(tmp_path / name)) in str(caught.value)

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(_: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(options.os, "scandir", refused)  # type: ignore[attr-defined]
        with pytest.raises(UsageProblem, match=r"may not be read by this user. Give read access"):
            find_root(tmp_path)


class TestFiles:
    def test_none_means_defaults(self, tmp_path: Path) -> None:
        loaded = load(tmp_path, {})
        assert (loaded.settings, loaded.notes) == (DEFAULTS, ())

    @pytest.mark.parametrize(
        ("name", "head"), [("readiness.toml", ""), ("pyproject.toml", "[project]\nname='x'\n[tool.readiness]\n")]
    )
    def test_either_file(self, tmp_path: Path, name: str, head: str) -> None:
        loaded = load(written(tmp_path, f"{head}fail_under = 55\n", name), {})
        assert (loaded.settings.fail_under, loaded.notes) == (55, ())

    def test_readiness_toml_wins_with_a_note(self, tmp_path: Path) -> None:
        written(tmp_path, "[tool.readiness]\nfail_under = 1\nfail_on = 'low'\n", "pyproject.toml")
        loaded = load(written(tmp_path, "fail_under = 2\n"), {})
        assert (loaded.settings.fail_under, loaded.settings.fail_on) == (2, "critical")
        assert loaded.notes == (
            "pyproject.toml: [tool.readiness] is ignored, because readiness.toml stands beside it and wins; "
            "keep one of the two.",
        )

    def test_a_broken_pyproject_beside_readiness_toml_does_not_matter(self, tmp_path: Path) -> None:
        written(tmp_path, "broken = [", "pyproject.toml")
        loaded = load(written(tmp_path, "fail_under = 2\n"), {})
        assert (loaded.settings.fail_under, loaded.notes) == (2, ())

    def test_pyproject_without_our_table_needs_no_note(self, tmp_path: Path) -> None:
        written(tmp_path, "[tool.ruff]\n", "pyproject.toml")
        assert load(written(tmp_path, "fail_under = 2\n"), {}).notes == ()

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"fail_under = [", "not valid TOML"),
            (b"\xff\xfe", "not UTF-8"),
            (b"\x00" * 50, "not valid TOML"),
            (b"x = " + b"[" * 100_000, "nested too deeply|not valid TOML"),
            (b"x = " + b"9" * 10_000, "not valid TOML"),
            (b"#" * 1_000_001, "larger than 1000000 bytes"),
        ],
        ids=["cut", "utf16", "nul", "deep", "digits", "huge"],
    )
    @pytest.mark.parametrize("name", ["readiness.toml", "pyproject.toml"])
    def test_an_unusable_file_means_defaults_and_a_note(
        self, tmp_path: Path, name: str, content: bytes, words: str
    ) -> None:
        (tmp_path / name).write_bytes(content)
        assert load(tmp_path, {}).settings == DEFAULTS
        note = only_note(tmp_path)
        assert note.startswith(f"{name}: ")
        assert any(word in note for word in words.split("|"))
        assert note.endswith("default settings are used.")

    def test_a_fifo_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "readiness.toml")
        assert "not a regular file" in only_note(tmp_path)

    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "readiness.toml").mkdir()
        assert "not a regular file" in only_note(tmp_path)

    def test_a_link_out_of_the_repository(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir()
        (root / "readiness.toml").symlink_to(written(tmp_path, "fail_under = 1\n") / "readiness.toml")
        assert "outside the repository" in only_note(root)
        assert load(root, {}).settings.fail_under == DEFAULTS.fail_under

    def test_a_link_inside_is_followed(self, tmp_path: Path) -> None:
        written(tmp_path, "fail_under = 1\n", "real.toml")
        (tmp_path / "readiness.toml").symlink_to("real.toml")
        assert load(tmp_path, {}).settings.fail_under == 1

    @pytest.mark.parametrize("target", ["readiness.toml", "nowhere.toml"])
    def test_a_link_to_nothing(self, tmp_path: Path, target: str) -> None:
        (tmp_path / "readiness.toml").symlink_to(target)
        assert "cannot be read" in only_note(tmp_path)

    @pytest.mark.parametrize("text", ["tool = 3", "[tool]\nreadiness = 3", "[[tool.readiness]]\nfail_under = 3"])
    def test_no_table_where_one_should_be(self, tmp_path: Path, text: str) -> None:
        loaded = load(written(tmp_path, text, "pyproject.toml"), {})
        assert loaded.settings == DEFAULTS
        assert len(loaded.notes) == (0 if text == "tool = 3" else 1)


BAD_VALUES = [
    ("fail_under = 101", "fail_under = 101: must be less than or equal to 100; the default 80.0 is used."),
    ("fail_under = '80'", "fail_under = '80': must be a valid number; the default 80.0 is used."),
    ("fail_under = true", "fail_under = True: must be a valid number; the default 80.0 is used."),
    ("fail_under = nan", "fail_under = nan: must be a finite number; the default 80.0 is used."),
    ("timeout = 0", "timeout = 0: must be greater than 0; the default 60.0 is used."),
    ("timeout = inf", "timeout = inf: must be a finite number; the default 60.0 is used."),
    (
        "fail_on = 'hgh'",
        "fail_on = 'hgh': must be 'critical', 'high', 'medium', 'low' or 'never'; the default 'critical' is used.",
    ),
    ("fail_undr = 70", "fail_undr = 70: unknown key (did you mean 'fail_under'?); it is ignored."),
    ("report = 'md'", "report = 'md': must be a valid tuple; the default ['md', 'json'] is used."),
    (
        "report = ['md', 'jsn']",
        "report = ['md', 'jsn']: 'jsn': unknown report type 'jsn' (did you mean 'json'?); types are md, json, term; "
        "the default ['md', 'json'] is used.",
    ),
    (
        "report = ['md:../x']",
        "report = ['md:../x']: 'md:../x': leaves the repository ('..'); the default ['md', 'json'] is used.",
    ),
    (
        "source_roots = ['/usr']",
        "source_roots = ['/usr']: is an absolute path; write it relative to the repository; "
        "the default ['.', 'src', 'backend'] is used.",
    ),
    (
        "paths.backend = 'a/../../b'",
        "paths.backend = 'a/../../b': leaves the repository ('..'); the default 'backend' is used.",
    ),
    ("paths.backnd = 'x'", "paths.backnd = 'x': unknown key (did you mean 'backend'?); it is ignored."),
    ("paths = 'x'", "paths = 'x': must be a valid dictionary or instance of Paths; the default"),
    ("llm.status_methods = [1]", "llm.status_methods = [1]: must be a valid string; the default"),
    ("llm.vendors = []", "llm.vendors = []: unknown key"),
    ("exclude = ['!']", "exclude = ['!']: Invalid git pattern: '!'; the default"),
    ("teams = 3", "teams = 3: must be a valid dictionary; the default"),
    ("teams.new.roles = ['a']", "teams.new = {'roles': ['a']}: needs 'files'; it is ignored."),
    ("teams.meetmind.rols = []", "teams.meetmind.rols = []: unknown key (did you mean 'roles'?); it is ignored."),
    ("teams.meetmind.roles = 'x'", "teams.meetmind.roles = 'x': must be a valid tuple; the default ['coordinator', "),
    ("teams.meetmind.files = '~/x'", "teams.meetmind.files = '~/x': is an absolute path"),
    ("teams.meetmind.role_files.a = '/x'", "teams.meetmind.role_files.a = '/x': is an absolute path"),
    ("disable.'a.b' = ' '", "disable.a.b = ' ': needs a reason; without one nothing is disabled; it is ignored."),
    ("disable.'a.b' = true", "disable.a.b = True: must be a valid string; it is ignored."),
    ("weights.documentation = -1", "weights.documentation = -1: must be greater than or equal to 0; it is ignored."),
    ("weights.documentation = nan", "weights.documentation = nan: must be a finite number; it is ignored."),
    ("weights.documentation = inf", "weights.documentation = inf: must be a finite number; it is ignored."),
    ("tool.readiness.fail_under = 1", "tool = {'readiness': {'fail_under': 1}}: unknown key"),
]


class TestValues:
    @pytest.mark.parametrize(("line", "note"), BAD_VALUES, ids=[line for line, _ in BAD_VALUES])
    def test_a_wrong_value_falls_back_alone(self, tmp_path: Path, line: str, note: str) -> None:
        root = written(tmp_path, f"{line}\nname = 'kept'\nexport_names = ['kept']\n")
        loaded = load(root, {})
        assert loaded.settings == DEFAULTS.model_copy(update={"name": "kept", "export_names": ("kept",)})
        assert len(loaded.notes) == 1
        assert loaded.notes[0].startswith(f"readiness.toml: {note}")

    def test_the_note_names_the_table_of_pyproject(self, tmp_path: Path) -> None:
        written(tmp_path, "[tool.readiness]\ntimeout = 0\n", "pyproject.toml")
        assert only_note(tmp_path).startswith("pyproject.toml: tool.readiness.timeout = 0: ")

    def test_a_nested_fault_inside_a_faulty_team(self, tmp_path: Path) -> None:
        loaded = load(written(tmp_path, "[teams.new]\nroles = ['a']\nfils = 'x'\n"), {})
        assert loaded.settings == DEFAULTS
        assert len(loaded.notes) == 2

    def test_all_weights_zero(self, tmp_path: Path) -> None:
        names = [c.id for c in categories(data_dir("checks"))]
        root = written(tmp_path, "[weights]\n" + "".join(f"{name} = 0\n" for name in names))
        assert load(root, {}).settings.weights == {}
        assert "every category weighs nothing" in only_note(root)

    def test_a_weight_of_the_repository_s_own_category(self, tmp_path: Path) -> None:
        loaded = load(written(tmp_path, "[weights]\nhouse_rules = 0.2\n"), {})
        assert (loaded.settings.weights, loaded.notes) == ({"house_rules": 0.2}, ())

    def test_teams_are_laid_over_the_defaults(self, tmp_path: Path) -> None:
        text = "[teams.meetmind]\nfiles = 'mm/<role>.py'\n[teams.agent_svea]\nroles = []\n[teams.new]\nfiles = 'n.py'\n"
        teams = load(written(tmp_path, text), {}).settings.teams
        assert list(teams) == ["meetmind", "agent_svea", "felicias_finance", "new"]
        assert (teams["meetmind"].files, teams["meetmind"].roles) == ("mm/<role>.py", ROLES)
        assert (teams["agent_svea"].roles, teams["agent_svea"].language) == ((), "sv")
        assert teams["felicias_finance"] == DEFAULTS.teams["felicias_finance"]

    def test_a_reason_is_put_on_one_line(self, tmp_path: Path) -> None:
        loaded = load(written(tmp_path, "[disable]\n'documentation' = '''we\n  said so'''\n"), {})
        assert (loaded.settings.disable, loaded.notes) == ({"documentation": "we said so"}, ())

    def test_a_secret_in_a_wrong_value_is_masked(self, tmp_path: Path) -> None:
        key = "AKIA" + "ABCDEFGH12345678"
        note = only_note(written(tmp_path, f"fail_on = '{key}'\n"))
        assert key not in note
        assert "AKIA****" in note

    def test_a_long_value_is_cut(self, tmp_path: Path) -> None:
        assert len(only_note(written(tmp_path, f"fail_on = '{'x' * 5000}'\n"))) < 250

    @hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        table=st.dictionaries(
            st.sampled_from([*Settings.model_fields, "nonsense", ""]),
            st.recursive(
                st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=4), st.just("../x")),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.sampled_from(["meetmind", "files", "roles", "agents", "x"]), inner, max_size=2)
                ),
                max_leaves=6,
            ),
        )
    )
    def test_no_table_stops_an_audit(self, tmp_path: Path, table: dict[str, object]) -> None:
        settings, notes = options._validated("readiness.toml", table, tmp_path)
        assert Settings.model_validate(settings.model_dump()) == settings
        assert all(note.startswith("readiness.toml: ") for note in notes)


class TestCommandLine:
    def test_wins_over_settings(self, tmp_path: Path) -> None:
        root = written(tmp_path, "fail_under = 70\nfail_on = 'high'\ntimeout = 5\nreport = ['json']\n")
        loaded = load(root, {"fail_under": "90", "fail_on": None, "report": ["md"]})
        settings = loaded.settings
        assert (settings.fail_under, settings.fail_on, settings.timeout) == (90, "high", 5)
        assert loaded.reports == (ReportTarget("md"),)

    def test_reports_stand_where_they_were_asked_for(self, tmp_path: Path) -> None:
        root = written(tmp_path, "report = ['md:out/r.md', 'md:out/r.md']\n")
        assert load(root, {}).reports == (ReportTarget("md", root / "out" / "r.md"),)
        asked = load(root, {"report": ["json:r.json", "json:/abs/r.json"]}, cwd=Path("/somewhere")).reports
        assert [r.dest for r in asked] == [Path("/somewhere/r.json"), Path("/abs/r.json")]

    def test_a_report_through_a_link_out_is_refused(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir()
        (root / "out").symlink_to(tmp_path)
        assert "through a link that leads out" in only_note(written(root, "report = ['md:out/r.md']\n"))

    @pytest.mark.parametrize(
        ("given_", "words"),
        [
            ({"fail_under": "eighty"}, "--readiness-fail-under=eighty: is not a number"),
            ({"fail_on": "hgh"}, "--readiness-fail-on=hgh: must be one of"),
            ({"timeout": "0"}, "--readiness-timeout=0: must be seconds"),
            ({"report": ["pdf"]}, "--readiness-report=pdf: unknown report type"),
        ],
    )
    def test_a_wrong_value_is_the_caller_s_to_mend(self, tmp_path: Path, given_: dict[str, object], words: str) -> None:
        with pytest.raises(UsageProblem, match=words):
            load(tmp_path, given_)
