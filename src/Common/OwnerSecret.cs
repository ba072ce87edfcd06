using System.Text;

namespace FineWebTorch.Common;

/// <summary>
/// What coordinators and workers of one user on one machine know each other by: a secret in the user's configuration
/// folder, of mode 600. Where home folders are shared it is one on all machines.
/// </summary>
public static class OwnerSecret
{
    private static string FilePath => Path.Combine(ProgramFolders.Configuration, "owner.secret");

    /// <returns>Null where there is none, or none that this user may read.</returns>
    public static Secret? TryRead() => PrivateFile.TryRead(FilePath) is { } text && IsOne(text) ? new Secret(text) : null;

    /// <summary>The one there is, or a new one.</summary>
    /// <returns>Null where none can be kept.</returns>
    public static Secret? TryMake()
    {
        if (TryRead() is { } known)
            return known;
        try
        {
            PrivateFile.Write(FilePath, Encoding.ASCII.GetBytes(Secret.Draw(JoinToken.SecretPrefix).Reveal() + "\n"));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // Should two have made one at the same moment, both take the later one.
        return TryRead();
    }

    private static bool IsOne(string text) =>
        text.StartsWith(JoinToken.SecretPrefix, StringComparison.Ordinal) && text.All(char.IsAscii) && text.Length < 100;
}
