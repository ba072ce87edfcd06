using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// The coordinator of a worker that was not told of one: one that runs in this folder, else one of this user. What
/// anybody else has on this machine is named and not joined.
/// </summary>
/// <param name="folder">The current folder.</param>
/// <param name="userFolder">See <see cref="CoordinatorNotice.UserFolder"/>.</param>
/// <param name="listeners">Who listens where on this machine.</param>
/// <param name="tell">Hears of what is found and what is waited for.</param>
internal sealed class CoordinatorSearch(
    string folder, string userFolder, Func<IReadOnlyList<IPEndPoint>> listeners, Action<string> tell, TimeProvider time)
{
    private const int DefaultPort = 5090;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static CoordinatorSearch OfThisProcess(Action<string> tell, TimeProvider time) => new(
        Environment.CurrentDirectory, CoordinatorNotice.UserFolder,
        () => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(), tell, time);

    /// <summary>Whether the coordinator that was found is still the one there.</summary>
    public bool IsThere(Uri coordinator) =>
        Running.Any(notice => notice.Reachable == coordinator);

    /// <summary>Those that run here, as of now.</summary>
    public IReadOnlyList<CoordinatorNotice> Running => CoordinatorNotice.Find(folder, userFolder);

    /// <returns>Null where <paramref name="stop"/> ended the search.</returns>
    /// <exception cref="UserErrorException">
    /// There are several, or none and something else in their place, or none for too long.
    /// </exception>
    public async Task<CoordinatorNotice?> FindAsync(TimeSpan giveUpAfter, bool wait, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        for (var first = true; !stop.IsCancellationRequested; first = false)
        {
            if (Choose() is { } found)
            {
                tell($"found a coordinator: {found}");
                return found;
            }

            // Not at once: a coordinator listens a moment before it leaves its notice.
            if (!(first && wait) && time.GetElapsedTime(start) < 2 * Pause)
                RefuseStrangers();
            if (!wait || time.GetElapsedTime(start) >= giveUpAfter)
                throw new UserErrorException(
                    $"{None()}; start one with 'coordinator run' or name one with --coordinator http://HOST:PORT",
                    ExitCode.NoCoordinator);
            if (first)
                tell($"{None()}; waiting up to {Durations.Describe(giveUpAfter)} for one (--give-up-after)");
            await PauseAsync(stop);
        }

        return null;
    }

    private static string None() => "no coordinator runs in this folder, nor elsewhere as user " +
        $"{Environment.UserName}";

    private CoordinatorNotice? Choose()
    {
        var found = Running;
        var here = found.Where(notice => IsBelow(notice.RunFolder, folder)).ToList();
        return (here.Count > 0 ? here : found) switch
        {
            [] => null,
            [var only] => only,
            var several => throw new UserErrorException(
                $"several coordinators run here: {string.Join("; ", several)}; name one with --coordinator",
                ExitCode.Usage),
        };
    }

    private void RefuseStrangers()
    {
        var stranger = listeners().FirstOrDefault(listener => listener.Port == DefaultPort && (
            IPAddress.IsLoopback(listener.Address) || listener.Address.Equals(IPAddress.Any) ||
            listener.Address.Equals(IPAddress.IPv6Any)));
        if (stranger is null)
            return;
        var owner = PortOwner.Of(DefaultPort) is { } user ? $" of user {user}" : "";
        throw new UserErrorException(
            $"{None()}; what listens on port {DefaultPort} here is a program{owner}, which was not named: to join it, " +
            $"give --coordinator http://127.0.0.1:{DefaultPort.ToString(CultureInfo.InvariantCulture)}",
            ExitCode.Usage);
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Pause, time, stop);
        }
        catch (OperationCanceledException)
        {
            // The search ends.
        }
    }

    private static bool IsBelow(string path, string folder) => path == folder || path.StartsWith(
        Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
