"""The command line with names from a file. The names are IP addresses or invalid, so no query is made."""

import asyncio
import json
import tracemalloc
from pathlib import Path

import pytest

from matrix_resolve.cli import main
from matrix_resolve.cli.name_file import NameFile, UnreadableError
from tests._support.name_lists import ALLOW, RESOLVED, counts_in, file_of

Printed = pytest.CaptureFixture[str]


class TestFile:
    """The format of the file."""

    def test_each_name_has_a_line_and_the_summary_counts_them(self, tmp_path: Path, capsys: Printed) -> None:
        file = file_of(tmp_path, "192.0.2.1\n192.0.2.2\n", "x y\n", "192.0.2.3:443\n", "a.onion\n")
        assert main(["resolve", "--from", file, *ALLOW]) == 1
        printed, errors = capsys.readouterr()
        assert sorted(printed.splitlines(keepends=True)) == [
            RESOLVED.format(1),
            RESOLVED.format(2),
            "192.0.2.3:443: step 1, at 192.0.2.3:443\n",
            "a.onion: not resolved: a.onion is in .onion, which is never queried in the DNS [zone-refused]\n",
            'x y: not resolved: "x y" is not a valid server name: a hostname can contain only ASCII letters, digits, dots and hyphens; pass each name separately [invalid-name]\n',
        ]
        assert counts_in(errors) == (
            5,
            {"step 1": 3, "not resolved: invalid-name": 1, "not resolved: zone-refused": 1},
        )

    def test_blank_lines_and_comments_are_skipped(self, tmp_path: Path, capsys: Printed) -> None:
        """White space, line ends and byte-order marks of other systems are skipped, too. The last line needs no line end."""
        file = file_of(
            tmp_path, "\ufeff# ours\r\n", "\n \t\n", "  192.0.2.1\r\n", "192.0.2.2 # mine\n", "\t#x\n", "192.0.2.3"
        )
        assert main(["--from", file, *ALLOW]) == 0
        printed, errors = capsys.readouterr()
        assert sorted(printed.splitlines(keepends=True)) == [RESOLVED.format(number) for number in (1, 2, 3)]
        assert counts_in(errors) == (3, {"step 1": 3})

    def test_may_be_empty(self, tmp_path: Path, capsys: Printed) -> None:
        assert main(["--from", file_of(tmp_path), *ALLOW]) == 0
        printed, errors = capsys.readouterr()
        assert (printed, counts_in(errors)) == ("", (0, {}))

    def test_is_taken_after_the_names_that_are_arguments(self, tmp_path: Path, capsys: Printed) -> None:
        file = file_of(tmp_path, "192.0.2.2\n")
        assert main(["192.0.2.1", "--from", file, "--concurrency", "1", *ALLOW]) == 0
        assert capsys.readouterr().out == RESOLVED.format(1) + RESOLVED.format(2)

    def test_with_json_each_line_is_an_object(self, tmp_path: Path, capsys: Printed) -> None:
        file = file_of(tmp_path, "192.0.2.1\n", "x y\n")
        assert main(["--json", "--from", file, "--concurrency", "1", *ALLOW]) == 1
        resolved, failed = map(json.loads, capsys.readouterr().out.splitlines())
        assert (resolved["server_name"], resolved["step"]) == ("192.0.2.1", "1")
        assert (failed["server_name"], failed["error"]["code"]) == ("x y", "invalid-name")

    def test_may_be_garbage(self, tmp_path: Path, capsys: Printed) -> None:
        """Every byte is printed as an escape, and a very long line is cut."""
        garbage = bytes(range(256)) * 3
        file = file_of(tmp_path, garbage, b"\n", b"\x1b[2J" * 100_000, b"\n", b"192.0.2.1\n")
        assert main(["--from", file, *ALLOW]) == 1
        printed, errors = capsys.readouterr()
        assert all(line.isprintable() for line in printed.split("\n"))
        assert max(map(len, printed.split("\n"))) < 5_000
        assert RESOLVED.format(1) in printed
        assert counts_in(errors)[1] == {"step 1": 1, "not resolved: invalid-name": 5}

    async def test_is_read_as_it_is_needed(self, tmp_path: Path) -> None:
        file, names = NameFile(file_of(tmp_path, "192.0.2.1\n" * 200_000)), 0
        tracemalloc.start()
        try:
            async for name in file.names():
                names += name == "192.0.2.1"
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            file.close()
        assert (names, file.size, file.position) == (200_000, 2_000_000, 2_000_000)
        assert peak < 1_000_000

    async def test_whatever_is_in_it_other_tasks_have_their_turn(self, tmp_path: Path) -> None:
        """Reading a regular file never waits, and blank lines yield no names, so without a pause no other task would run."""
        file, turns = NameFile(file_of(tmp_path, "\n" * 1_000_000)), 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count_turns())
        assert [name async for name in file.names()] == []
        counting.cancel()
        file.close()
        assert turns > 1_000_000 // 20_000

    @pytest.mark.parametrize("before", [b"", b"\n" * 20_000, b"x" * 20_000 + b"\n"])
    async def test_a_line_of_1_mb_is_the_longest(self, tmp_path: Path, before: bytes) -> None:
        for length, is_read in ((1_000_000, True), (1_000_001, False)):
            file = NameFile(file_of(tmp_path, before, b"#" * length, b"\n192.0.2.1\n"))
            names = list[str]()
            try:
                async for name in file.names():
                    names.append(name)
            except UnreadableError as error:
                line = before.count(b"\n") + 1
                assert f"line {line} is longer than 1 MB" in str(error)
                assert file.position < 1_000_000 + len(before) + 20_000
            finally:
                file.close()
            assert ("192.0.2.1" in names) == is_read


class TestWhatCannotBeUsed:
    """Errors of one line, with status 2."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--from", "no-such-file"], "no-such-file: no such file or directory"),
            (["--from", "."], ".: is a directory"),
            (["--from", "a\0b"], "embedded null byte"),
            (["--from", ".", "--concurrency", "0"], "--concurrency is 0; it must be an integer from 1 to 1,000,000"),
            (["192.0.2.1", "--concurrency", "5"], "--concurrency works only with --from"),
        ],
        ids=["missing", "directory", "NUL", "no concurrency", "concurrency of arguments"],
    )
    def test_before_anything_is_done(
        self, tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main(["resolve", *arguments]) == 2
        printed, errors = capsys.readouterr()
        assert (printed, errors.count("\n")) == ("", 1)
        assert errors.startswith("matrix-resolve: ")
        assert message in errors

    def test_while_it_is_read(self, capsys: Printed) -> None:
        """Names that were resolved before the error are printed and counted."""
        assert main(["192.0.2.1", "--from", "/proc/self/mem", *ALLOW]) == 2
        printed, errors = capsys.readouterr()
        complaint, _, summary = errors.partition("\n")
        assert printed == RESOLVED.format(1)
        assert complaint.startswith("matrix-resolve: /proc/self/mem cannot be read: ")
        assert counts_in(summary) == (1, {"step 1": 1})

    def test_a_line_without_end(self, capsys: Printed) -> None:
        assert main(["192.0.2.1", "--from", "/dev/zero", *ALLOW]) == 2
        printed, errors = capsys.readouterr()
        complaint, _, summary = errors.partition("\n")
        assert printed == RESOLVED.format(1)
        assert complaint.startswith("matrix-resolve: /dev/zero ")
        assert "line 1 is longer than 1 MB" in complaint
        assert counts_in(summary) == (1, {"step 1": 1})

    def test_nothing_to_resolve(self, capsys: Printed) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["resolve", "--json"])
        assert ended.value.code == 2
        assert capsys.readouterr().err.endswith("error: pass at least one NAME, or --from FILE\n")
