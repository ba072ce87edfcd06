namespace FineWebTorch.Bench;

/// <summary>transformers.js: texts to scores in batches in file order, each padded to its longest document.</summary>
public sealed class TransformersPeer : IDisposable
{
    private readonly PeerProcess _process = PeerProcess.Start("bench/peers/transformers.mjs");

    /// <param name="modelFolder">In the layout of the Hub, with an onnx/ folder.</param>
    public TransformersPeer(string modelFolder, int threads)
    {
        var path = Path.GetFullPath(modelFolder);
        _process.Call(new
        {
            command = "load",
            models = Path.GetDirectoryName(path) + "/",
            model = Path.GetFileName(path),
            threads,
        });
    }

    /// <param name="file">JSON lines with the property "text".</param>
    public PeerScores Score(string file, int batch) =>
        PeerScores.Of(_process.Call(new { command = "score", file = Path.GetFullPath(file), batch }));

    public void Dispose() => _process.Dispose();
}
