using System.Net;
using System.Runtime.InteropServices;
using FineWebTorch.HubEmulator;

const string Usage = "usage: --port PORT --root DIR [--token TOKEN] [--data-host NAME] [--listen ADDRESS]";

var values = new Dictionary<string, string>();
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || args[i] is not ("--port" or "--root" or "--token" or "--data-host" or "--listen"))
        return Fail(Usage);
    values[args[i]] = args[i + 1];
}
if (!values.TryGetValue("--root", out var root) ||
    !int.TryParse(values.GetValueOrDefault("--port", "0"), out var port) ||
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
