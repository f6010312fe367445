#!/usr/bin/env python3
"""Plays an AI agent: starts the MCP servers of an mcp.json, as desktop clients and editors do, and asks one for SQL.

    agent.py MCP.JSON SERVER SQL...

Needs the package mcp 2 (which mcp-alchemy brings along). Exits with 1 when a call failed as a whole; what SQL went wrong the server
tells in its answer.
"""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters


def sql_tool(tools):
    """The tool that takes SQL, and the name of its argument: servers differ."""
    for tool in tools:
        if tool.name in ("execute_query", "execute_sql", "query", "run_query"):
            return tool.name, next(iter(tool.input_schema["properties"]))
    raise SystemExit(f"no tool of this server takes SQL: {[tool.name for tool in tools]}")


async def main(path, server, statements):
    with open(path, encoding="utf-8") as file:
        entry = json.load(file)["mcpServers"][server]
    parameters = StdioServerParameters(command=entry["command"], args=entry["args"], env=entry.get("env"))
    async with Client(parameters) as client:
        tools = (await client.list_tools()).tools
        print("tools:", ", ".join(tool.name for tool in tools))
        name, argument = sql_tool(tools)
        failed = False
        for statement in statements:
            answer = await client.call_tool(name, {argument: statement})
            print(f"\n> {statement}")
            for part in answer.content:
                print(getattr(part, "text", f"({part.type})"))
            failed = failed or bool(answer.is_error)
        return int(failed)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:])))
