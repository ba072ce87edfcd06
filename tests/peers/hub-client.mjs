// The official client against the endpoint given: node hub-client.mjs ENDPOINT TOKEN STEP [ARGUMENT...]
// Prints one JSON line. The client is used as published; nothing of it is replaced.
import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as hub from "@huggingface/hub";

const [hubUrl, accessToken, step, ...rest] = process.argv.slice(2);
console.debug = () => {};
const access = { hubUrl, accessToken };
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());

async function collect(iterator) {
  const rows = [];
  for await (const row of iterator) rows.push(row);
  return rows;
}

// A repository's whole life, with files of each kind of transfer.
async function life(name) {
  const repo = { type: "dataset", name };
  const parquet = randomFillSync(Buffer.alloc(5000));
  const large = randomFillSync(Buffer.alloc(70_001));
  assert.equal((await hub.whoAmI(access)).name, "alice");
  const created = await hub.createRepo({ ...access, repo, private: true });
  assert.ok(created.repoUrl.endsWith(`/datasets/${name}`));
  await assert.rejects(hub.createRepo({ ...access, repo }), (error) => error.statusCode === 409);

  const uploaded = await hub.uploadFiles({
    ...access, repo, commitTitle: "Upload", useXet: false,
    files: [
      { path: "README.md", content: new Blob(["# hello\n"]) },
      { path: "empty.txt", content: new Blob([]) },
      { path: "data/train-00000-of-00002.parquet", content: new Blob([parquet]) },
      { path: "data/again.parquet", content: new Blob([parquet]) },
      { path: "data/train-00001-of-00002.parquet", content: new Blob([large]) },
    ],
  });
  assert.match(uploaded.commit.oid, /^[0-9a-f]{40}$/);

  const rows = await collect(hub.listFiles({ ...access, repo, recursive: true }));
  const files = rows.filter((row) => row.type === "file").map((row) => row.path).sort();
  assert.deepEqual(files, [
    ".gitattributes", "README.md", "data/again.parquet", "data/train-00000-of-00002.parquet",
    "data/train-00001-of-00002.parquet", "empty.txt"]);
  const row = rows.find((one) => one.path === "data/train-00001-of-00002.parquet");
  assert.equal(row.lfs.oid, sha256(large));
  assert.equal(row.size, large.length);

  const download = (path, revision) => hub.downloadFile({ ...access, repo, path, revision, xet: false });
  assert.equal(await (await download("README.md")).text(), "# hello\n");
  assert.equal((await bytesOf(await download("empty.txt"))).length, 0);
  assert.ok((await bytesOf(await download("data/train-00000-of-00002.parquet"))).equals(parquet));
  const blob = await download("data/train-00001-of-00002.parquet");
  assert.ok((await bytesOf(blob)).equals(large));
  assert.ok((await bytesOf(blob.slice(1000, 2000))).equals(large.subarray(1000, 2000)));
  assert.equal(await download("nowhere.txt"), null);
  assert.equal(await hub.fileExists({ ...access, repo, path: "README.md" }), true);
  assert.equal(await hub.fileExists({ ...access, repo, path: "nowhere.txt" }), false);

  const pr = await hub.commit({
    ...access, repo, title: "Propose", isPullRequest: true,
    operations: [{ operation: "addOrUpdate", path: "proposed.txt", content: new Blob(["yes"]) }],
  });
  assert.match(pr.pullRequestUrl, /\/discussions\/1$/);
  assert.equal(await download("proposed.txt"), null);
  assert.equal(await (await download("proposed.txt", "refs/pr/1")).text(), "yes");
  await hub.commit({
    ...access, repo, title: "Second", branch: "refs/pr/1",
    operations: [{ operation: "addOrUpdate", path: "second.txt", content: new Blob(["also"]) }],
  });
  assert.equal(await (await download("second.txt", "refs/pr/1")).text(), "also");

  await assert.rejects(hub.commit({
    ...access, repo, title: "Stale", parentCommit: (await collect(hub.listCommits({ ...access, repo }))).at(-1).oid,
    operations: [{ operation: "addOrUpdate", path: "stale.txt", content: new Blob(["no"]) }],
  }), (error) => error.statusCode === 412);

  await hub.createBranch({ ...access, repo, branch: "side" });
  assert.ok((await hub.datasetInfo({ ...access, name, additionalFields: ["sha"] })).sha);
  await hub.deleteFiles({ ...access, repo, paths: ["data/again.parquet", "empty.txt"], commitTitle: "Clean" });
  const left = (await collect(hub.listFiles({ ...access, repo, recursive: true }))).map((one) => one.path);
  assert.ok(!left.includes("empty.txt") && !left.includes("data/again.parquet"));
  assert.equal((await collect(hub.listCommits({ ...access, repo }))).length, 3);
  await hub.deleteRepo({ ...access, repo });
  assert.equal(await hub.repoExists({ ...access, repo }), false);
  return { commit: uploaded.commit.oid };
}

// All paths of a repository, through as many pages as there are.
async function list(name, revision) {
  const rows = await collect(hub.listFiles({ ...access, repo: { type: "dataset", name }, recursive: true, revision }));
  return rows.filter((row) => row.type === "file").map((row) => row.path).sort();
}

// A file by way of the shared cache; its digest as found there.
async function cached(name, revision, path, cacheDir) {
  const file = await hub.downloadFileToCacheDir({
    ...access, repo: { type: "dataset", name }, revision, path, cacheDir,
  });
  return { file, sha256: sha256(await readFile(file)) };
}

// A file over HTTP, whatever other transfers the server offers; its digest.
async function plain(name, revision, path) {
  const blob = await hub.downloadFile({ ...access, repo: { type: "dataset", name }, revision, path, xet: false });
  return { sha256: sha256(await bytesOf(blob)) };
}

// What the client sees in a cache folder, without any request.
async function scan(cacheDir) {
  const { repos, warnings } = await hub.scanCacheDir(cacheDir);
  return {
    warnings: warnings.map(String),
    repos: repos.map((repo) => ({
      id: repo.id.name, files: repo.filesCount,
      revisions: repo.revisions.map((one) => ({ commit: one.commitOid, refs: one.refs, files: one.files.length })),
    })),
  };
}

// Opens a pull request that adds a file.
async function propose(name, path) {
  const { pullRequestUrl } = await hub.commit({
    ...access, repo: { type: "dataset", name }, title: `Add ${path}`, isPullRequest: true,
    operations: [{ operation: "addOrUpdate", path, content: new Blob(["proposed"]) }],
  });
  return { number: Number(pullRequestUrl.split("/").at(-1)) };
}

const steps = { life, list, cached, plain, scan, propose };
console.log(JSON.stringify(await steps[step](...rest)));
