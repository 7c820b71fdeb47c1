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

export const Gt = async ({ client, directory }) => {
  let main = ""; // the first session; those that it starts for parts of the work are not told apart by gt
  let prime = "";
  const input = (more) => ({ session_id: main, cwd: directory, ...more });
  const stopped = async () => {
    const said = ask("stop", input({}));
    if (said.block)
      client.session
        .prompt({ path: { id: main }, body: { parts: [{ type: "text", text: said.block }] } })
        .catch(() => {});
  };
  return {
    "chat.message": async (about, output) => {
      const part = output.parts.find((each) => each.type === "text");
      if (!main) {
        main = about.sessionID || "";
        prime = ask("start", input({ source: "startup" })).context || "";
      }
      if (about.sessionID !== main) return;
      const said = ask("prompt", input({ prompt: part ? part.text : "" }));
      if (said.context && part) part.text += "\n\n" + said.context;
    },
    "experimental.chat.system.transform": async (about, output) => {
      if (prime) output.system.push(prime);
    },
    "tool.execute.before": async (about, output) => {
      if (about.tool !== "bash") return;
      const said = ask("before_tool", input({ tool_name: "bash", tool_input: output.args }));
      if (said.deny) throw new Error(said.deny);
    },
    "tool.execute.after": async (about, output) => {
      const said = ask("after_tool", input({ tool_name: about.tool }));
      if (said.context) output.output = `${output.output || ""}\n\n${said.context}`;
    },
    event: async ({ event }) => {
      const of = (event.properties || {}).sessionID;
      if (!main || of !== main) return;
      if (event.type === "session.idle") await stopped();
      if (event.type === "session.error") ask("stop_error", input({}));
    },
  };
};
