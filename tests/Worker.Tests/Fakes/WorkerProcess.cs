using System.Diagnostics;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Runs the program as a user does.</summary>
internal static class WorkerProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public sealed record Result(int ExitCode, string Output, string Error);

    public static string EduTiny { get; } = Path.Combine(TestData.RepositoryRoot, "weights", "edu-tiny");

    public static Process Start(params string[] arguments) => Start(arguments, new Dictionary<string, string>());

    /// <param name="environment">Added to this process's; unless it says otherwise, the Hub is not asked.</param>
    public static Process Start(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "worker.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
        };
        start.Environment["HF_HUB_CACHE"] = Path.Combine(Path.GetTempPath(), "no-such-hub-cache");
        start.Environment["HF_HUB_OFFLINE"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<Result> RunAsync(
        string[] arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(arguments, environment ?? new Dictionary<string, string>());
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It did not want to read all of it.
        }

        await EndAsync(process);
        var result = new Result(process.ExitCode, await output, await error);
        Secrets.DemandNone("the worker's output", result.Output);
        Secrets.DemandNone("the worker's log", result.Error);
        return result;
    }

    /// <summary>Waits for a program's end; one that has not ended in time is killed, and the test fails.</summary>
    public static async Task EndAsync(Process process)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"worker {string.Join(' ', process.StartInfo.ArgumentList.Skip(1))} did not end in {Patience}");
        }
    }
}
