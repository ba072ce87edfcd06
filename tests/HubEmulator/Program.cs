using System.Net;
using System.Runtime.InteropServices;
using FineWebTorch.HubEmulator;

const string Usage = "usage: --port PORT --root DIR [--token TOKEN] [--data-host NAME] [--listen ADDRESS] " +
    "[--object-life SECONDS]";
string[] known = ["--port", "--root", "--token", "--data-host", "--listen", "--object-life"];

var values = new Dictionary<string, string>();
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || !known.Contains(args[i]))
        return Fail(Usage);
    values[args[i]] = args[i + 1];
}
if (!values.TryGetValue("--root", out var root) ||
    !int.TryParse(values.GetValueOrDefault("--port", "0"), out var port) ||
    !int.TryParse(values.GetValueOrDefault("--object-life", "0"), out var life) ||
    !IPAddress.TryParse(values.GetValueOrDefault("--listen", "127.0.0.1"), out var address))
    return Fail(Usage);

try
{
    var options = new EmulatorOptions
    {
        Root = Path.GetFullPath(root),
        Port = port,
        Address = address,
        Token = values.GetValueOrDefault("--token"),
        ObjectLife = life > 0 ? TimeSpan.FromSeconds(life) : null,
        DataHost = values.GetValueOrDefault("--data-host", "localhost"),
    };
    using var stop = new CancellationTokenSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
    await using var server = await HubEmulatorServer.StartAsync(options).ConfigureAwait(false);
    Console.WriteLine($"HF_ENDPOINT={server.Url.ToString().TrimEnd('/')}");
    await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    return 0;
}
catch (Exception exception) when (exception is ArgumentException or IOException)
{
    return Fail(exception.Message);
}

static int Fail(string message)
{
    Console.Error.WriteLine($"error: {message}");
    return 2;
}
