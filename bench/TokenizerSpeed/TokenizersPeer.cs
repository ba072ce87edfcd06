using System.Text.Json;
using FineWebTorch.Bench;
using FineWebTorch.Texts;

namespace FineWebTorch.TokenizerSpeed;

/// <summary>@huggingface/tokenizers, which has no limit of its own: whole documents.</summary>
internal sealed class TokenizersPeer : IDisposable
{
    private readonly PeerProcess _process = PeerProcess.Start("bench/peers/tokenizers.mjs");

    public TokenizersPeer(string modelFolder) =>
        _process.Call(new { command = "load", folder = Path.GetFullPath(modelFolder) });

    /// <param name="file">Where the texts are written, for the peer to read.</param>
    public void Prepare(Corpus corpus, string file)
    {
        TextFile.Write(file, corpus.Texts);
        _process.Call(new { command = "prepare", name = corpus.Name, file = Path.GetFullPath(file) });
    }

    /// <returns>Seconds.</returns>
    public double Encode(Corpus corpus) => Ask(corpus, ids: false).GetProperty("seconds").GetDouble();

    public IEnumerable<int[]> Ids(Corpus corpus) => Ask(corpus, ids: true).GetProperty("ids").EnumerateArray()
        .Select(text => text.EnumerateArray().Select(id => id.GetInt32()).ToArray());

    public void Dispose() => _process.Dispose();

    private JsonElement Ask(Corpus corpus, bool ids) =>
        _process.Call(new { command = "encode", name = corpus.Name, ids });
}
