using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;

namespace FineWebTorch.Coordinator.Keeping;

/// <summary>How workers on other machines get to the coordinator of a run here.</summary>
/// <param name="Address">Where they reach it, as <c>https://head:5090</c>.</param>
/// <param name="TokenFile">On this machine: what lets them in; null where everyone is let in.</param>
internal sealed record RunEntrance(string Address, string? TokenFile)
{
    /// <param name="runFolder">Absolute.</param>
    /// <param name="coordinator">The address, where a person has said it.</param>
    /// <param name="access">Folder of keys and tokens, where a person has named it.</param>
    /// <exception cref="UserErrorException">Workers cannot reach the coordinator, or would not be let in.</exception>
    public static RunEntrance Of(string runFolder, string? coordinator, string? access)
    {
        var address = coordinator ?? AddressOf(runFolder);
        if (address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            return new RunEntrance(address, null);
        var folder = access is null ? AccessFolder.OfRun(runFolder) : new AccessFolder(access);
        if (PrivateFile.TryRead(folder.Join) is null)
            throw new UserErrorException(
                $"{folder.Join}: no join token for workers: it was revoked, or is in another folder (--access DIR)");
        return new RunEntrance(address, folder.Join);
    }

    /// <summary>The token, as it is now.</summary>
    /// <returns>Null where everyone is let in, or it was revoked just now.</returns>
    public string? ReadToken() => TokenFile is null ? null : PrivateFile.TryRead(TokenFile);

    private static string AddressOf(string runFolder)
    {
        if (CoordinatorNotice.Find(runFolder, userFolder: "") is not [var notice, ..])
            throw new UserErrorException(
                $"{runFolder}: its coordinator has not said where it listens; give --coordinator https://HOST:PORT");
        if (notice.Address.IsLoopback)
            throw new UserErrorException(
                $"{runFolder}: its coordinator listens on {notice.Address.Authority}, which no other machine reaches: " +
                "start it again with --listen 0.0.0.0:5090 (it goes on where it was), or give --coordinator " +
                "https://HOST:PORT");
        return ListenAddress.ForOthers(notice.Address, notice.Host).GetLeftPart(UriPartial.Authority);
    }
}
