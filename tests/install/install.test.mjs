// What `cmake --install` gives: it is moved to another place, and every way of using it is tried.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { build, of_a_build, run, shell, tree } from "../support/build.mjs";
import { request } from "../support/http.mjs";
import { startParley } from "../support/server.mjs";

const here = path.join(tree, "tests/install");
const consumer = path.join(here, "consumer.c");
const strict = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
const cpp = ["-x", "c++", "-std=c++11", ...strict];

describe("an installed tree that was moved", { ...of_a_build, concurrency: 2 }, () => {
  let scratch, prefix, env;

  before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "libsio-"));
    prefix = path.join(scratch, "moved");
    await run("cmake", ["--install", build, "--prefix", path.join(scratch, "first")]);
    await rename(path.join(scratch, "first"), prefix);
    env = { ...process.env, PKG_CONFIG_PATH: `${prefix}/lib/pkgconfig`, LD_LIBRARY_PATH: `${prefix}/lib` };
  });
  after(() => rm(scratch, { recursive: true, force: true }));

  /** Runs what was built; says which libsio it was linked with. */
  async function linkedWith(program) {
    assert.match(await run(program, [], { env }), /^libsio [0-9.]+: ok\n$/);
    const libraries = await run("ldd", [program], { env });
    return /libsio\.so\.0 => (\S+)/.exec(libraries)?.[1] ?? "static";
  }

  async function project(name, source, ...options) {
    const folder = path.join(scratch, name);
    await run("cmake", ["-S", path.join(here, source), "-B", folder, "-G", "Ninja", ...options]);
    await run("cmake", ["--build", folder]);
    return folder;
  }

  for (const [components, library] of [["", "shared"], ["static", "static"]]) {
    test(`CMake's find_package finds the ${library} library`, async () => {
      const options = [`-DCMAKE_PREFIX_PATH=${prefix}`, `-DCOMPONENTS=${components}`];
      const folder = await project(`found-${library}`, "installed", ...options);
      const expected = library === "static" ? "static" : `${prefix}/lib/libsio.so.0`;
      assert.equal(await linkedWith(path.join(folder, "consumer")), expected);
    });
  }

  test("CMake's add_subdirectory builds the library and nothing else", async () => {
    const folder = await project("embedded", "embedded");
    assert.equal(await linkedWith(path.join(folder, "consumer")), "static");
    const programs = await shell("find . -type f -perm -u+x -name '[a-z]*' -not -path './CMakeFiles/*'", { cwd: folder });
    assert.equal(programs.trim(), "./consumer");
    assert.doesNotMatch(await run("ctest", ["-N"], { cwd: folder }), /Test +#/);
  });

  for (const [language, compiler] of [["C", "cc"], ["C++", `g++ ${cpp.join(" ")}`]]) {
    test(`pkg-config gives the shared library, in ${language}`, async () => {
      const program = path.join(scratch, `shared-${compiler.slice(0, 3)}`);
      await shell(`${compiler} ${consumer} -x none $(pkg-config --cflags --libs sio) -o ${program}`, { env });
      assert.equal(await linkedWith(program), `${prefix}/lib/libsio.so.0`);
    });
  }

  test("the static library is machine code alone, for any version of the compiler", async () => {
    assert.doesNotMatch(await run("objdump", ["-h", `${prefix}/lib/libsio.a`], { maxBuffer: 1e8 }), /\.gnu\.(debug)?lto_/);
  });

  test("pkg-config gives the static library, as sio(3) says", async () => {
    const line = /\$\(pkg\\-config \\-\\-cflags \\-\\-libs \\-\\-static .*\)/.exec(await readFile(`${prefix}/share/man/man3/sio.3`, "utf8"));
    const program = path.join(scratch, "pkg-config-static");
    await shell(`cc ${consumer} ${line[0].replaceAll("\\-", "-")} -o ${program}`, { env });
    assert.equal(await linkedWith(program), "static");
  });

  test("the example of sio(3) compiles", async () => {
    const example = /\.SH EXAMPLE\n\.EX\n([^]*?)\.EE/.exec(await readFile(`${prefix}/share/man/man3/sio.3`, "utf8"))[1];
    const source = path.join(scratch, "example.c");
    await writeFile(source, `#include <sio/sio.h>\n#include <stdio.h>\n${example}`);
    await shell(`cc -Wall -Werror -fsyntax-only $(pkg-config --cflags sio) ${source}`, { env });
  });

  for (const [language, compiler] of [["C11", `cc -x c -std=c11 ${strict.join(" ")}`], ["C++11", `g++ ${cpp.join(" ")}`]]) {
    test(`each header stands alone, in ${language}`, async () => {
      const headers = await readdir(`${prefix}/include/sio`);
      assert.ok(headers.length > 10);
      for (const header of headers) {
        await shell(`echo 'int program;' | ${compiler} -fsyntax-only $(pkg-config --cflags sio) -include sio/${header} -`, { env });
      }
    });
  }

  test("parley serves the page and the client that were installed with it", async () => {
    process.env.PARLEY_BIN = `${prefix}/bin/parley`;
    const parley = await startParley();
    assert.match((await request(parley, { target: "/" })).text, /<title>/);
    assert.match((await request(parley, { target: "/socket.io/socket.io.esm.min.js" })).text, /Socket\.IO/);
    await parley.stop();
  });

  test("parley serves no page if told so", async () => {
    process.env.PARLEY_BIN = `${prefix}/bin/parley`;
    const parley = await startParley({ args: ["--web", "", "--client-dir", ""] });
    assert.equal((await request(parley, { target: "/" })).status, 404);
    assert.equal((await request(parley, { target: "/socket.io/socket.io.js" })).status, 400);
    await parley.stop();
  });
});
