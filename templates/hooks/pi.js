// Made by gt, and made again when it is gone. Tells gt what this session does, and the model what gt says.
import { spawnSync } from "node:child_process";

const COMMAND = __COMMAND__;
const FORMAT = __FORMAT__;

function ask(event, input) {
  try {
    const words = [...COMMAND.slice(1), event, FORMAT];
    const done = spawnSync(COMMAND[0], words, { input: JSON.stringify(input), encoding: "utf8", timeout: 60000 });
    return JSON.parse(done.stdout || "{}");
  } catch {
    return {};
  }
}

function session(context) {
  const manager = (context && context.sessionManager) || {};
  const call = (name) => (typeof manager[name] === "function" ? manager[name]() || "" : "");
  return { session_id: call("getSessionId"), transcript_path: call("getSessionFile"), cwd: process.cwd() };
}

export default (pi) => {
  let prime = "";
  pi.on("session_start", async (event, context) => {
    prime = ask("start", { ...session(context), source: "startup" }).context || "";
  });
  pi.on("before_agent_start", async (event, context) => {
    const said = ask("prompt", { ...session(context), prompt: event.prompt || "" });
    const content = [prime, said.context].filter(Boolean).join("\n\n");
    prime = "";
    if (content) return { message: { customType: "gt", content, display: false } };
  });
  pi.on("tool_call", async (event, context) => {
    if (event.toolName !== "bash") return;
    const said = ask("before_tool", { ...session(context), tool_name: "bash", tool_input: event.input });
    if (said.deny) return { block: true, reason: said.deny };
  });
  pi.on("tool_result", async (event, context) => {
    const said = ask("after_tool", { ...session(context), tool_name: event.toolName });
    if (said.context) return { content: [...(event.content || []), { type: "text", text: said.context }] };
  });
  pi.on("agent_end", async (event, context) => {
    const said = ask("stop", session(context));
    if (said.block) pi.sendUserMessage(said.block);
  });
  pi.on("session_shutdown", async (event, context) => {
    ask("end", { ...session(context), reason: "exit" });
  });
};
