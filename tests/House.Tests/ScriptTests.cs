using System.Diagnostics;

namespace FineWebTorch.House.Tests;

/// <summary>The scripts of build/ say what they do, and do nothing where they are asked or do not understand.</summary>
public sealed class ScriptTests
{
    public static TheoryData<string> Scripts =>
    [
        .. Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "build"))
            .Where(file => File.ReadLines(file).FirstOrDefault() == "#!/usr/bin/env bash")
            .Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Help_OfAScript_IsPrintedAndNothingDone(string script)
    {
        foreach (var arguments in (string[][])[["--help"], ["-h"], ["--quick", "--help"]])
        {
            if (script == "secrets" && arguments.Length > 1)
                continue; // What it takes are names of files
            var (exitCode, output, errors) = await RunAsync(script, arguments);

            Assert.Equal((0, ""), (exitCode, errors));
            Assert.DoesNotContain("-- ", output, StringComparison.Ordinal); // How the scripts say what they do
            Assert.DoesNotContain("#!", output, StringComparison.Ordinal);
            Assert.InRange(output.Split('\n').Length, 2, 30);
        }
    }

    [Theory]
    [InlineData("test", "Modle", "unknown argument Modle; give some of Bench Common")]
    [InlineData("unfair", "Wroker", "unknown argument Wroker; give some of Bench Common")]
    [InlineData("setup", "--cdua", "unknown argument --cdua")]
    [InlineData("native", "--tset", "unknown argument --tset")]
    [InlineData("bench", "encodre", "unknown argument encodre")]
    [InlineData("fuzz", "safetensor", "unknown argument safetensor; give some of worker-messages")]
    [InlineData("mutants", "ledgre", "unknown argument ledgre; give some of scoring devices")]
    [InlineData("pack-gpu-bench", "all", "unknown argument all")]
    [InlineData("release", "linux", "unknown argument linux; give linux-x64, win-x64 or linux-x64-cuda")]
    [InlineData("pack", "all", "unknown argument all")]
    [InlineData("container", "--cdua", "unknown argument --cdua")]
    [InlineData("release-check", "sarge", "unknown argument sarge; give bookworm, trixie or jammy")]
    public async Task Argument_Unknown_IsRefusedBeforeAnythingIsDone(string script, string argument, string message)
    {
        var (exitCode, output, errors) = await RunAsync(script, argument);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string script, params string[] arguments) => Executables.RunAsync(new ProcessStartInfo(
            Executables.Require("bash"), [Path.Combine(TestData.RepositoryRoot, "build", script), .. arguments]));
}
