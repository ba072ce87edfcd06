using System.Diagnostics;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Runs the program as a user does.</summary>
internal static class WorkerProcess
{
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

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var result = new Result(process.ExitCode, await output, await error);
        Secrets.DemandNone("the worker's output", result.Output);
        Secrets.DemandNone("the worker's log", result.Error);
        return result;
    }
}
