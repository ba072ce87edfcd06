using System.Diagnostics;
using System.Text.Json;
using FineWebTorch.Cli;

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
