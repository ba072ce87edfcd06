namespace FineWebTorch.Common;

/// <summary>
/// A secret that a worker draws when it starts. Its id follows from it, so that nobody can come under the id of another
/// worker, not even to a coordinator that has been started anew and remembers nothing.
/// </summary>
public static class WorkerKey
{
    private const int IdLength = 32;

    public static Secret Draw() => Secret.Draw("fww1_");

    /// <summary>32 hexadecimal digits, of sha256.</summary>
    public static string IdOf(Secret key) => key.Hash()[..IdLength];
}
