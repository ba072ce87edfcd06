using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>
/// Has a machine do what <c>remote.sh</c> can do, by the system's ssh with what its own configuration says. Secrets go
/// through its standard input: no command line holds them, here or there.
/// </summary>
/// <param name="host">The machine.</param>
/// <param name="options">More options of ssh.</param>
/// <param name="program">ssh, or what stands in for it.</param>
internal sealed partial class SshRemote(SshHost host, IReadOnlyList<string> options, string program = "ssh")
{
    /// <summary>What ssh itself ends with when it has not got through.</summary>
    private const int NotReached = 255;

    /// <summary>Of anything but sending the programs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Script = ReadScript();

    /// <summary>Before what the script says; before it is what a login's own files have said.</summary>
    private static readonly byte[] Beginning = "fineweb-torch:\n"u8.ToArray();

    public SshHost Host { get; } = host;

    /// <exception cref="AwayException">The machine is not reached, or cannot do it; it says why.</exception>
    public Task<string> AskAsync(CancellationToken cancellation, params IReadOnlyList<string> action) =>
        GiveAsync(Stream.Null, Patience, cancellation, action);

    /// <param name="input">Its standard input.</param>
    /// <param name="patience">For all of it.</param>
    /// <inheritdoc cref="AskAsync"/>
    public async Task<string> GiveAsync(
        Stream input, TimeSpan patience, CancellationToken cancellation, params IReadOnlyList<string> action)
    {
        using var answer = await RunAsync(input, patience, action, cancellation);
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    /// <returns>What the machine sends.</returns>
    /// <inheritdoc cref="AskAsync"/>
    public Task<MemoryStream> FetchAsync(CancellationToken cancellation, params IReadOnlyList<string> action) =>
        RunAsync(Stream.Null, Patience, action, cancellation);

    private async Task<MemoryStream> RunAsync(
        Stream input, TimeSpan patience, IReadOnlyList<string> action, CancellationToken cancellation)
    {
        using var process = Start(action);
        using var output = new MemoryStream();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var copied = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
            await WriteAsync(process.StandardInput.BaseStream, input, limit.Token);
            await copied;
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0)
                throw new AwayException(ReasonOf(process.ExitCode, await errors));
            return AnswerIn(output.ToArray());
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AwayException($"it did not answer within {Durations.Describe(patience)}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private Process Start(IReadOnlyList<string> action)
    {
        // What is said first counts. A connection that others go through would have to stay for them.
        List<string> arguments =
        [
            "-oBatchMode=yes", .. options, "-oConnectTimeout=10", "-oServerAliveInterval=15", "-oControlMaster=no",
        ];
        if (Host.Port is { } port)
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        string[] command = ["sh", "-c", Script, "fineweb", .. action];
        arguments.AddRange(["--", Host.Address, string.Join(' ', command.Select(Quote))]);
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Nor does the ssh to a gate, which it starts, and to which it does not pass BatchMode on.
        (start.Environment["SSH_ASKPASS"], start.Environment["SSH_ASKPASS_REQUIRE"]) = ("false", "force");
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new UserErrorException(
                $"{program} cannot be started ({missing.Message}): install OpenSSH's client", inner: missing);
        }
    }

    private static async Task WriteAsync(Stream to, Stream input, CancellationToken cancellation)
    {
        try
        {
            await input.CopyToAsync(to, cancellation);
            to.Close();
        }
        catch (IOException)
        {
            // It has ended without reading; its errors say why.
        }
    }

    private static MemoryStream AnswerIn(byte[] output)
    {
        var begin = output.AsSpan().IndexOf(Beginning);
        if (begin < 0)
            throw new AwayException("its login runs no command: sh -c 'echo yes' is to say yes there");
        begin += Beginning.Length;
        return new MemoryStream(output, begin, output.Length - begin);
    }

    private static string ReasonOf(int exitCode, string errors)
    {
        var said = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return said.LastOrDefault(line => !Consequence().IsMatch(line)) ?? said.LastOrDefault() ??
            (exitCode == NotReached ? "ssh does not get through" : $"exit code {exitCode}");
    }

    /// <summary>What ssh says after the reason, where it goes through a gate.</summary>
    [GeneratedRegex("^(Connection closed by |kex_exchange_identification: |stdio forwarding failed)")]
    private static partial Regex Consequence();

    /// <summary>A word of the other side's shell.</summary>
    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string ReadScript()
    {
        using var resource = typeof(SshRemote).Assembly.GetManifestResourceStream("ssh/remote.sh")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
