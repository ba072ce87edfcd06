using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
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
internal sealed class SshRemote(SshHost host, IReadOnlyList<string> options, string program = "ssh")
{
    /// <summary>What ssh itself ends with when it has not got through.</summary>
    private const int NotReached = 255;

    /// <summary>Of anything but sending the programs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Script = ReadScript();

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
        using var output = new MemoryStream();
        await RunAsync(input, output, patience, action, cancellation);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <param name="output">Gets what the machine sends.</param>
    /// <inheritdoc cref="AskAsync"/>
    public Task FetchAsync(Stream output, CancellationToken cancellation, params IReadOnlyList<string> action) =>
        RunAsync(Stream.Null, output, Patience, action, cancellation);

    private async Task RunAsync(
        Stream input, Stream output, TimeSpan patience, IReadOnlyList<string> action, CancellationToken cancellation)
    {
        using var process = Start(action);
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
        List<string> arguments = ["-oBatchMode=yes", "-oConnectTimeout=10", "-oServerAliveInterval=15", .. options];
        if (Host.Port is { } port)
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        arguments.AddRange(["--", Host.Address, string.Join(' ', ((string[])["sh", "-c", Script, "fineweb", .. action]).Select(Quote))]);
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new UserErrorException($"{program} cannot be started ({missing.Message}): install OpenSSH's client", inner: missing);
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

    private static string ReasonOf(int exitCode, string errors)
    {
        var said = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        return said ?? (exitCode == NotReached ? "ssh does not get through" : $"exit code {exitCode}");
    }

    /// <summary>A word of the other side's shell.</summary>
    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string ReadScript()
    {
        using var resource = typeof(SshRemote).Assembly.GetManifestResourceStream("ssh/remote.sh")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
