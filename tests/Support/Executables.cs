using System.Diagnostics;
using System.Text;
using Xunit;

namespace FineWebTorch.Support;

/// <summary>Programs that some tests check ours against.</summary>
public static class Executables
{
    /// <summary>
    /// The full path of a program. Where it is not installed the calling test is skipped,
    /// or fails when FINEWEB_REQUIRE_PEERS is 1.
    /// </summary>
    /// <param name="name">A file name to look for on PATH, or an absolute path.</param>
    public static string Require(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Demand(found is not null, $"needs the program '{name}', which is not installed");
        return found!;
    }

    /// <summary>Runs a program to its end, and no longer than the calling test may take.</summary>
    /// <param name="input">All that it finds on standard input; null leaves it this process's.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        ProcessStartInfo start, string? input = null)
    {
        var cancelled = TestContext.Current.CancellationToken;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.RedirectStandardInput = input is not null;
        start.StandardInputEncoding = input is null ? null : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancelled);
        var errors = process.StandardError.ReadToEndAsync(cancelled);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancelled);
            process.StandardInput.Close();
        }
        await process.WaitForExitAsync(cancelled);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>What a program printed that is to succeed; its errors fail the test.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> OutputOfAsync(ProcessStartInfo start, string? input = null)
    {
        var (exitCode, output, errors) = await RunAsync(start, input);
        Assert.True(exitCode == 0, errors);
        return output;
    }

    /// <summary>Skips the calling test unless what it needs is there; see <see cref="Require"/>.</summary>
    public static void Demand(bool present, string whatIsMissing)
    {
        if (Environment.GetEnvironmentVariable("FINEWEB_REQUIRE_PEERS") == "1")
            Assert.True(present, whatIsMissing);
        Assert.SkipUnless(present, whatIsMissing);
    }
}
