using System.Diagnostics;
using System.Text.Json;
using FineWebTorch.Common;

namespace FineWebTorch.Bench;

/// <summary>
/// A peer that stays loaded between its turns: a Node.js script that takes one JSON object a line and answers each
/// with one.
/// </summary>
public sealed class PeerProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _script;

    private PeerProcess(Process process, string script)
    {
        _process = process;
        _script = script;
    }

    /// <param name="script">Below bench/peers.</param>
    /// <exception cref="UserErrorException">Node.js is not installed.</exception>
    public static PeerProcess Start(string script)
    {
        var start = new ProcessStartInfo("node", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            return new PeerProcess(Process.Start(start)!, script);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new UserErrorException("the peers need Node.js 20 or newer: install it", inner: missing);
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="request">An object with the property "command".</param>
    /// <exception cref="PeerException">The peer could not do it, or ended.</exception>
    public JsonElement Call(object request)
    {
        try
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(request, JsonSerializerOptions.Web));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended; the missing answer says so.
        }
        var line = _process.StandardOutput.ReadLine()
            ?? throw new PeerException($"{_script}: ended without an answer");
        var answer = JsonElement.Parse(line);
        return answer.TryGetProperty("error", out var error)
            ? throw new PeerException($"{_script}: {error.GetString()}")
            : answer;
    }

    /// <summary>Ends the peer: it leaves when its input does.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }
}

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

/// <summary>A peer could not do what it was asked for. The message is one complete line.</summary>
public sealed class PeerException : IOException
{
    public PeerException()
    {
    }

    public PeerException(string message) : base(message)
    {
    }

    public PeerException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
