"""Cleans 防止返贫监测 data: raw exports in, clean data, problems and fix lists out."""
