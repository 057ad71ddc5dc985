@echo off
rem 双击这个文件，在浏览器里打开清洗。用完关掉这个窗口。
title qingxi
cd /d "%~dp0"
where qingxi >nul 2>nul
if not errorlevel 1 goto installed
if exist pyproject.toml goto checkout
where py >nul 2>nul
if not errorlevel 1 goto python
echo 没有找到 qingxi。请先照手册“第一次安装”装好。
goto end
:checkout
py -m uv run qingxi serve
goto end
:installed
qingxi serve
goto end
:python
py -m pipeline serve
:end
echo.
pause
