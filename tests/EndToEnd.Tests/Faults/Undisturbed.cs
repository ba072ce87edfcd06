using System.Collections.Concurrent;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>What a run gives that nothing happens to: made once for each shape and shared by all compared.</summary>
/// <param name="Rows">Of all inputs.</param>
/// <param name="Output">By path, see <see cref="RunFolder.ContentsOf"/>.</param>
internal sealed record Undisturbed(long Rows, IReadOnlyDictionary<string, string> Output)
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<Undisturbed>>> Known = new();

    /// <param name="copies">How often each of the sample's files is an input.</param>
    /// <param name="options">More of <c>coordinator run</c>.</param>
    public static Task<Undisturbed> Of(int copies, params string[] options) => Known.GetOrAdd(
        string.Join(' ', [$"{copies}", .. options]), _ => new(() => RunAsync(copies, options))).Value;

    /// <summary>The same files with the same contents; the first other one is shown.</summary>
    /// <param name="output">As <see cref="RunFolder.ContentsOf"/> gives it.</param>
    public void DemandEqual(IReadOnlyDictionary<string, string> output)
    {
        Assert.Equal(Output.Keys, output.Keys);
        foreach (var (path, content) in Output)
            Assert.True(content == output[path], $"{path}: {output[path]}, undisturbed {content}");
    }

    private static async Task<Undisturbed> RunAsync(int copies, string[] options)
    {
        using var folder = new RunFolder(copies);
        await using var coordinator = ProgramProcess.Start("coordinator", folder.Arguments(FaultRun.Name, options));
        await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        var rows = folder.Summary(FaultRun.Name).GetProperty("rows").GetInt64();
        return new Undisturbed(rows, RunFolder.ContentsOf(folder.Output(FaultRun.Name)));
    }
}
