"""The commands. Each parses its words, makes one call, and ends with an exit code: 0 ran, 1 could not run, 2 bad usage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="清洗防止返贫监测数据：找出缺的、错的、过时的，列出问题清单、整改清单和清洗后的数据。全程不联网。",
)

Root = Annotated[Path | None, typer.Option("--root", help="项目文件夹（含 mappings、expectations、data），默认从当前位置往上找", show_default=False)]


def main() -> None:
    """The entry point: every foreseeable failure is one Chinese sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        _speak_chinese(stream)
    try:
        app()
    except KeyboardInterrupt:
        _say("已按 Ctrl-C 停止；原来的结果没有动。")
        sys.exit(130)
    except Exception as error:
        if sys.flags.dev_mode:  # python -X dev -m pipeline …: for us, with everything in it
            raise
        _say(sentence(error))
        sys.exit(1)


def _speak_chinese(stream: Any) -> None:
    """Let nothing we say stop the program: a Chinese Windows keeps its own code page, one that has no Chinese gets UTF-8."""
    if not hasattr(stream, "reconfigure"):
        return
    try:
        "清洗…·↑".encode(stream.encoding)
    except (UnicodeEncodeError, LookupError, TypeError):
        stream.reconfigure(encoding="utf-8")
    stream.reconfigure(errors="replace")


@app.command()
def run(
    period: Annotated[str | None, typer.Argument(help="data/raw 下的期次文件夹，如 2022-05；不写就用最新的一期", show_default=False)] = None,
    root: Root = None,
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", help="有这一级（critical/warning/info）或更重的问题时以 1 退出，供自动化使用", show_default=False)
    ] = None,
    what_if: Annotated[
        Path | None, typer.Option("--what-if", help="只试算：加上这个 YAML 里的写法、表头或标准，问题会变成多少；不写出任何文件", show_default=False)
    ] = None,
    share: Annotated[bool, typer.Option("--share", help="另写一份可以外发的报告（只有条数和编号，没有姓名、号码），放在“可外发”文件夹")] = False,
) -> None:
    """清洗一期数据，结果放到 data/clean/<期次>。"""
    if what_if is not None:
        _what_if(_root(root), period, what_if)
        return
    if fail_on not in (None, "critical", "warning", "info"):
        _stop(f"--fail-on 只能写 critical、warning 或 info，写的是 {fail_on}", 2)
    _run(_root(root), period, fail_on, share)


@app.command()
def demo(
    root: Root = None,
    clean: Annotated[bool, typer.Option("--clean", help="不埋错误，生成一份没有问题的数据")] = False,
    scale: Annotated[float, typer.Option("--scale", help="规模，1 约 1500 户")] = 1.0,
) -> None:
    """生成一个虚构乡镇的导出表放进 data/raw，全部跑一遍，并说明结果在哪里。"""
    from pipeline.demo import NotADemo, make_demo

    folder = _root_or_new(root)
    try:
        made = make_demo(folder, clean=clean, scale=scale)
    except NotADemo as error:
        _stop(str(error), 1)
    typer.echo(f"已生成一个虚构乡镇的数据：{made.households} 户 {made.members} 人，{len(made.files)} 个文件，在 {made.folder}")
    if not clean:
        typer.echo(f"其中埋了 {sum(made.planted.values())} 处错误（{len(made.planted)} 种），答案在 {made.truth}")
    _run(folder, made.folder.name, None)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新项目的文件夹，不写就是当前文件夹")] = Path(),
    update: Annotated[bool, typer.Option("--update", help="程序装了新版以后，把这个项目的规则、对照换成新版的；自己改过的不动")] = False,
) -> None:
    """建一个新的项目文件夹：放好规则、对照（可以改），建好 data/raw、data/clean。"""
    from pipeline.shipped import STARTER, NotEmpty, make_project

    if update:
        _update(_root(folder))
        return
    try:
        made = make_project(folder.resolve())
    except NotEmpty as error:
        _stop(str(error), 1)
    typer.echo(f"已建好 {made}。把系统导出放进 {made / 'data' / 'raw'} 下的期次文件夹（如 2022-05），再运行 qingxi run；想先看看，运行 qingxi demo。")
    typer.echo(f"不想用命令，就双击 {STARTER}（Windows），或运行 qingxi serve。")


def _behind(root: Path) -> str:
    """A line more where the program is newer than the rules it works by."""
    from pipeline.shipped import is_behind

    return "\n程序装过新版，这个项目的规则和对照还是旧版的：请运行 qingxi init --update 换成新版的，自己改过的不会动。" if is_behind(root) else ""


def _update(root: Path) -> None:
    from pipeline.shipped import NEWER, shipped, update_project

    if root == shipped():
        _stop("这是程序自己的文件夹，规则和对照已经是新版的。请在用 qingxi init 建的项目文件夹里运行。", 1)
    done = update_project(root)
    typer.echo(f"换成新版的 {len(done.renewed)} 个文件；自己改过、没有动的 {len(done.kept)} 个。")
    for name in done.kept:
        typer.echo(f"  {name}  新版放在旁边（{Path(name).name}{NEWER}），请对照着改，改完删掉")
    typer.echo("再运行 qingxi check 看有没有写错的地方。")


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="要查看的 Excel 或 csv 文件")],
    root: Root = None,
    draft: Annotated[Path | None, typer.Option("--draft", help="把起草的来源文件写到这里", show_default=False)] = None,
) -> None:
    """说明一个文件被当成哪种表、为什么；列出不认识的表头；为没见过的表起草 mappings/sources/*.yml。"""
    from pipeline.inspect import inspect_file
    from pipeline.spec import SpecError, load_spec

    try:
        text, drafted = inspect_file(file, load_spec(_root(root)))
    except SpecError as error:
        _stop(str(error), 1)
    except OSError:
        _stop(f"打不开 {file}：没有这个文件，或没有权限。", 1)
    typer.echo(text)
    if drafted and draft:
        draft.write_text(drafted, encoding="utf-8")
        typer.echo(f"已写到 {draft}")
    elif drafted:
        typer.echo("\n—— 起草的来源文件（改好后存到 mappings/sources/<部门>_<表名>.yml）——\n" + drafted)


@app.command()
def check(
    root: Root = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="演练：在虚构乡镇里埋错，看每条规则抓到多少、漏了多少、误报多少（约一分钟）")] = False,
    scale: Annotated[float, typer.Option("--scale", help="演练的规模，1 约 1500 户")] = 1.0,
    examples: Annotated[
        str | None, typer.Option("--examples", help="核对规则文件里的例子该报的报、不该报的不报；写文件名，如 county", show_default=False)
    ] = None,
    write_docs: Annotated[bool, typer.Option("--write-docs", help="由规则文件重新生成 docs/规则.md 和 docs/提示.md")] = False,
) -> None:
    """检查 mappings 和 expectations 里的全部文件，一次列出所有错误（文件:行号）。"""
    from pipeline.proof import proofread
    from pipeline.spec import SpecError, load_spec

    folder = _root(root)
    try:
        spec = load_spec(folder)
        proofread(spec)
    except SpecError as error:
        _stop(f"{error}\n共 {len(error.mistakes)} 处错误。" + _behind(folder), 1)
    typer.echo(
        f"没有错误：{len(spec.sources)} 种表，{sum(len(c) for c in spec.fields.values())} 个字段，{len(spec.codes)} 个代码表，"
        f"{len({r.id for r in spec.rules})} 条规则，{len(spec.examples)} 个示例。"
    )
    if examples is not None:
        _examples(spec, examples)
    if write_docs:
        from pipeline.docs import write_page

        typer.echo(f"已写到 {write_page(spec, spec.root)}")
    if rehearse:
        _rehearse(spec, scale)


def _examples(spec: Any, file: str) -> None:
    from pipeline.examples import untrue_examples
    from pipeline.report.words import wording
    from pipeline.validate import RuleCrashed

    try:
        count, wrong = untrue_examples(spec, file)
    except RuleCrashed as error:
        _stop(str(error), 1)
    except KeyError as error:
        _stop(str(error.args[0]), 1)
    if wrong or not count:
        _stop("\n".join(wrong) or wording()("examples.none", file=file), 1)
    typer.echo(wording()("examples.right", file=file, count=count))


def _rehearse(spec: Any, scale: float) -> None:
    from pipeline.progress import teller
    from pipeline.rehearse import rehearse as play
    from pipeline.rehearse import report_text
    from pipeline.validate import RuleCrashed

    try:
        with teller() as tell:
            result = play(spec, scale, tell)
    except RuleCrashed as error:
        _stop(str(error), 1)
    typer.echo(report_text(result, spec))


@app.command()
def status(
    root: Root = None,
    date: Annotated[str | None, typer.Option("--date", help="按哪一天来看，如 2022-05-18；不写就是今天", show_default=False)] = None,
) -> None:
    """说明进度：每期数据是否已清洗、接下来什么时候报什么、各村已报和缺报哪些表、问题还有多少、到期能否清完。"""
    from pipeline.spec import SpecError
    from pipeline.status import status_text

    try:
        typer.echo(status_text(_root(root), _day(date)))
    except SpecError as error:
        _stop(str(error), 1)


def _day(text: str | None) -> str:
    """YYYYMMDD of a day as people write it; today's where none is given."""
    import datetime
    import re

    if text is None:
        return datetime.date.today().strftime("%Y%m%d")
    parts = [int(p) for p in re.findall(r"\d+", text)] if not text.isdigit() else [int(text[:4]), int(text[4:6] or 0), int(text[6:] or 0)]
    try:
        return datetime.date(*parts).strftime("%Y%m%d")
    except (TypeError, ValueError):
        _stop(f"--date 要写成 2022-05-18 的样子，写的是 {text}", 2)


@app.command()
def serve(
    root: Root = None,
    port: Annotated[
        int | None, typer.Option("--port", help="端口，不写就用 8765，被占用时用后面空着的", min=1024, max=65535, show_default=False)
    ] = None,
    show: Annotated[bool, typer.Option("--open/--no-open", help="自动打开浏览器")] = True,
) -> None:
    """在浏览器里用：拖入文件、运行、看报告、下载结果。只有这台电脑能看到，Ctrl-C 关闭。"""
    from pipeline.serve import PortTaken
    from pipeline.serve import serve as listen

    try:
        listen(_root_or_new(root), port, show)
    except PortTaken as error:
        _stop(str(error), 1)


def _root(given: Path | None) -> Path:
    from pipeline.shipped import use_project
    from pipeline.spec import find_root

    found = find_root((given or Path.cwd()).resolve())
    if found is None:
        here = given or Path.cwd()
        _stop(f"{here} 及其上级文件夹里没有 mappings 和 expectations。请先进入项目文件夹；还没有项目，在空文件夹里运行 qingxi init。", 1)
    use_project(found)
    return found


def _root_or_new(given: Path | None) -> Path:
    """The project, or in an empty folder a new one."""
    from pipeline.shipped import make_project
    from pipeline.spec import find_root

    folder = (given or Path.cwd()).resolve()
    if find_root(folder) is None and (not folder.exists() or not any(folder.iterdir())):
        make_project(folder)
    return _root(folder)


def _run(root: Path, period: str | None, fail_on: str | None, share: bool = False) -> None:
    from pipeline.progress import teller

    failures: tuple[Any, ...] = _failures()
    from pipeline.run import run as run_period

    try:
        with teller() as tell:
            summary = run_period(root, period, tell, share=share)
    except failures as error:
        _stop(str(error) + _behind(root), 1)
    except KeyboardInterrupt:
        _stop("已按 Ctrl-C 停止；原来的结果没有动。", 130)
    except (OSError, MemoryError) as error:
        _stop(sentence(error), 1)
    typer.echo(closing(summary) + _behind(root))
    worst = {"critical": ("critical",), "warning": ("critical", "warning"), "info": ("critical", "warning", "info")}
    if fail_on and any(summary.issues[s] for s in worst[fail_on]):
        raise typer.Exit(1)


def _what_if(root: Path, period: str | None, file: Path) -> None:
    from pipeline.correct.whatif import BadOverlay, told
    from pipeline.progress import teller

    failures: tuple[Any, ...] = (*_failures(), BadOverlay)
    from pipeline.run import what_if

    try:
        with teller() as tell:
            effect = what_if(root, period, file, tell)
    except failures as error:
        _stop(str(error), 1)
    typer.echo(told(effect, file.name))


def sentence(error: Exception, root: Path | None = None) -> str:
    """What a user is told of a run that failed."""
    if isinstance(error, _failures()):
        return str(error) + (_behind(root) if root else "")
    if isinstance(error, MemoryError):
        return "内存不够。请关掉其他程序，或把数据分乡镇运行；原来的结果没有动。"
    return _disk(error) if isinstance(error, OSError) else _fault(error)


def _failures() -> tuple[Any, ...]:
    from pipeline.period import NothingToDo
    from pipeline.place import OpenElsewhere
    from pipeline.report.outbound import NotShareable
    from pipeline.run import RowsLost
    from pipeline.spec import SpecError
    from pipeline.validate import RuleCrashed

    return NothingToDo, NotShareable, OpenElsewhere, RowsLost, SpecError, RuleCrashed


def _disk(error: OSError) -> str:
    import errno

    if error.errno == errno.ENOSPC:
        return "磁盘满了，写不下结果。请清出空间后重新运行；原来的结果没有动。"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"没有权限读写 {error.filename}。请关掉正打开它的程序（Excel、WPS）后重新运行；原来的结果没有动。"
    return f"读写文件出错（{error.strerror}：{error.filename}）。原来的结果没有动。"


def _fault(error: Exception) -> str:
    """A fault of our own: its kind and place, never its text, which may hold somebody's name."""
    import traceback

    ours = [f for f in traceback.extract_tb(error.__traceback__) if "pipeline" in Path(f.filename).parts] or traceback.extract_tb(error.__traceback__)
    place = f"{Path(ours[-1].filename).name} 第{ours[-1].lineno}行" if ours else "位置不明"
    return f"程序出错，没有做完（{type(error).__name__}，{place}）；原来的结果没有动。请把这句话告诉维护人员。"


def closing(summary: Any) -> str:
    counts = summary.issues
    lines = [
        f"{summary.place} {summary.period}：读了 {summary.files} 张表，{summary.households} 户 {summary.persons} 人。",
        f"问题：必须整改或佐证 {counts['critical']}，必须整改 {counts['warning']}，需要核实 {counts['info']}。",
        f"结果在 {summary.folder}",
        "  校验报告.html  先看这个     问题清单.xlsx  全部问题     村级整改清单/  发给各村",
        "  清洗数据.xlsx  清洗后的数据   修改记录.xlsx  改了什么写法",
    ]
    lines += [f"提示：{note}" for note in summary.notes[:3]]
    if len(summary.notes) > 3:
        lines.append(f"还有 {len(summary.notes) - 3} 条提示，见校验报告。")
    return "\n".join(lines)


def _say(message: str) -> None:
    typer.echo(message, err=True)


def _stop(message: str, code: int) -> NoReturn:
    _say(message)
    raise typer.Exit(code) if code != 130 else SystemExit(130)
