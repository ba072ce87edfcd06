using System.Security.Cryptography;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Draws what nobody can name who was not told it. That a draw is new is for the caller to see to.</summary>
/// <param name="Fence">A fencing token: 63 bits, as many as the ledger's integers have.</param>
/// <param name="Session">The secret of a session.</param>
internal sealed record SecretSource(Func<ulong> Fence, Func<Secret> Session)
{
    public static SecretSource Random { get; } = new(
        () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) >> 1,
        () => Secret.Draw("fws1_"));

    /// <summary>Draws again as long as a value is taken.</summary>
    public static T DrawNew<T>(Func<T> draw, Predicate<T> isTaken)
    {
        T value;
        do
            value = draw();
        while (isTaken(value));
        return value;
    }
}
