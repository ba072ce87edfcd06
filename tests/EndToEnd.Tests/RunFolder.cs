using System.Security.Cryptography;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Inputs, run folder and output of one run, in a folder of its own that goes with it.</summary>
internal sealed class RunFolder : IDisposable
{
    /// <param name="copies">How often each of the four sample files is there.</param>
    public RunFolder(int copies = 1)
    {
        foreach (var sample in Directory.GetFiles(Path.Combine(TestData.RepositoryRoot, "data", "sample"), "*.parquet"))
            for (var copy = 0; copy < copies; copy++)
            {
                var folder = Directory.CreateDirectory(Path.Combine(Input, $"{copy:000}"));
                File.Copy(sample, Path.Combine(folder.FullName, Path.GetFileName(sample)));
            }
    }

    /// <summary>
    /// The work of a worker that was killed waits for so long. Long enough for a busy machine, on which a living one
    /// must not be taken for dead.
    /// </summary>
    public const string HeartbeatTimeout = "5s";

    public string Root { get; } = Directory.CreateTempSubdirectory("fineweb-end-to-end-").FullName;

    public string Input => Path.Combine(Root, "input");

    public string Model { get; } = TestData.EduTiny;

    public string Output(string name) => Path.Combine(Root, "output-" + name);

    public string Run(string name) => Path.Combine(Root, "run-" + name);

    /// <summary>Arguments of <c>coordinator run</c> with windows and batches so small that every file has several.</summary>
    public string[] Arguments(string name, params string[] more) =>
    [
        "run", "--input", Input, "--output", Output(name), "--run", Run(name), "--model", Model,
        "--window-rows", "8", "--token-budget", "512", "--heartbeat-timeout", HeartbeatTimeout,
        .. more.Contains("--listen") ? more : ["--listen", "127.0.0.1:0", .. more],
    ];

    /// <summary>sha256 of every shard of a run, by name.</summary>
    public SortedDictionary<string, string> Shards(string name)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var data = Path.Combine(Output(name), "data");
        foreach (var shard in Directory.GetFiles(data, "*", SearchOption.AllDirectories))
            digests.Add(
                Path.GetRelativePath(data, shard), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(shard))));
        return digests;
    }

    public void Dispose()
    {
        Secrets.DemandNoneIn(Root);
        Directory.Delete(Root, recursive: true);
    }
}
