using System.Text.Json;

namespace FineWebTorch.Bench;

/// <summary>What a peer answers to a batch, or to a whole file.</summary>
/// <param name="Scores">In the order of the documents.</param>
public sealed record PeerScores(double Seconds, float[] Scores)
{
    internal static PeerScores Of(JsonElement answer) => new(
        answer.GetProperty("seconds").GetDouble(),
        [.. answer.GetProperty("scores").EnumerateArray().Select(score => score.GetSingle())]);
}

/// <summary>ONNX Runtime's CPU library, by its Node.js package, given token ids.</summary>
/// <param name="graph">The .onnx file; its weights lie beside it.</param>
public sealed class OnnxPeer(string graph, int threads) : IDisposable
{
    private readonly PeerProcess _process = PeerProcess.Start("bench/peers/onnx.mjs");

    /// <summary>As given, and with every optimization it has: whichever is faster counts.</summary>
    public static IReadOnlyList<string> Optimizations => ["disabled", "all"];

    /// <returns>Seconds it took to load the model, with this graph optimization level.</returns>
    public double Load(string optimization) => _process
        .Call(new { command = "load", session = optimization, model = Path.GetFullPath(graph), optimization, threads })
        .GetProperty("seconds").GetDouble();

    public void Release(string optimization) => _process.Call(new { command = "release", session = optimization });

    /// <summary>Hands over batches of token ids, which are scored by their name.</summary>
    public void Prepare(string name, IEnumerable<IEnumerable<int[]>> batches) =>
        _process.Call(new { command = "prepare", name, batches });

    /// <summary>Scores by the session that was loaded with this level; the time includes the padding.</summary>
    public PeerScores Score(string optimization, string name) =>
        PeerScores.Of(_process.Call(new { command = "score", session = optimization, name }));

    public void Dispose() => _process.Dispose();
}
