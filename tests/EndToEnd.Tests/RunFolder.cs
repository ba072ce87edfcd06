using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.FaultyWorker;

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

        File.WriteAllText(Brake, "");
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

    private string Brake => Path.Combine(Root, "brake");

    /// <summary>
    /// A device that takes its time until <see cref="ReleaseBrake"/>: what is to happen to a run comes before its end,
    /// however fast the machine is and however late the test.
    /// </summary>
    public FaultyDevice Braked(double millisecondsPerDocument) =>
        new() { MillisecondsPerDocument = millisecondsPerDocument, Brake = Brake };

    /// <summary>What is left is done at full speed.</summary>
    public void ReleaseBrake() => File.Delete(Brake);

    /// <summary>Another folder that goes with this one.</summary>
    public string NewFolder(string name) =>
        Directory.CreateDirectory(Path.Combine(Root, $"{name}-{Guid.NewGuid():N}")).FullName;

    /// <summary>Arguments of <c>coordinator run</c> with windows and batches so small that every file has several.</summary>
    public string[] Arguments(string name, params string[] more) =>
    [
        "run", "--input", Input, "--output", Output(name), "--run", Run(name), "--model", Model,
        "--token-budget", "512", .. Unless(more, "--window-rows", "8"),
        .. Unless(more, "--heartbeat-timeout", HeartbeatTimeout), .. Unless(more, "--listen", "127.0.0.1:0"), .. more,
    ];

    /// <summary>The launcher of a worker that sees nothing of a run, as on another machine.</summary>
    public string[] Elsewhere(string name) => ProgramProcess.Without(
        Directory.CreateDirectory(Path.Combine(Root, "empty")).FullName, [Input, Model, Output(name), Run(name)]);

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

    /// <summary>What a run says of itself at its end.</summary>
    /// <param name="root">Where this machine's files are seen.</param>
    public JsonElement Summary(string name, string root = "") => JsonSerializer.Deserialize<JsonElement>(
        File.ReadAllBytes(root + Path.Combine(Run(name), "run-summary.json")));

    /// <summary>
    /// sha256 of every file of an output folder, by path; of manifests, what does not tell who worked and when.
    /// </summary>
    public static SortedDictionary<string, string> ContentsOf(string output)
    {
        var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(output, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(output, file);
            // A report is about who worked and when.
            if (path.StartsWith(".fineweb", StringComparison.Ordinal) || path == "report.html")
                continue;
            var content = File.ReadAllBytes(file);
            contents.Add(path, path.EndsWith(".json", StringComparison.Ordinal)
                ? Timeless(path, content)
                : Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        return contents;
    }

    private static string Timeless(string path, byte[] content)
    {
        var manifest = JsonNode.Parse(content)!.AsObject();
        foreach (var key in (ReadOnlySpan<string>)["workers", "first_score", "last_score", "built"])
            Assert.True(manifest.Remove(key), $"{path} has no {key}");
        return manifest.ToJsonString();
    }

    private static string[] Unless(string[] given, string option, string value) =>
        given.Contains(option) ? [] : [option, value];

    public void Dispose()
    {
        Secrets.DemandNoneIn(Root);
        Directory.Delete(Root, recursive: true);
    }
}
