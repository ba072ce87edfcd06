using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests;

/// <summary>A run over copies of the sample files with the small classifier, in a folder of its own.</summary>
internal sealed class SampleRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SampleRun()
    {
        var root = TestData.RepositoryRoot;
        foreach (var path in Directory.GetFiles(Path.Combine(root, "data", "sample"), "*.parquet"))
            File.Copy(path, _folder["in", Path.GetFileName(path)]);
        foreach (var path in Directory.GetFiles(Path.Combine(root, "weights", "edu-tiny")))
            File.Copy(path, _folder["model", Path.GetFileName(path)]);
    }

    public List<string> Warnings { get; } = [];

    /// <summary>None, unless the test has one.</summary>
    public Lazy<HubAccess> Hub { get; init; } = new(() => throw new InvalidOperationException("no Hub in this test"));

    public Func<string, DiskRoom> RoomOf { get; set; } = DiskRoom.Of;

    public CommandLine Arguments => new(
        "--input", _folder["in"], "--output", _folder["out"], "--model", _folder["model"], "--run", _folder["run"],
        "--listen", "127.0.0.1:0");

    public string this[params string[] parts] => _folder[parts];

    public Task<PreparedRun> PrepareAsync(CommandLine? arguments = null) =>
        Preparation((arguments ?? Arguments).Parse()).PrepareAsync(CancellationToken.None);

    public RunPreparation Preparation(RunOptions options) =>
        new(options, Warnings.Add, Hub) { RoomOf = RoomOf };

    public void Dispose() => _folder.Dispose();
}
