using System.Diagnostics.CodeAnalysis;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>What a tensor's indexer takes for one dimension: an index or a slice.</summary>
    [SuppressMessage("Performance", "CA1815", Justification = "Nobody compares them, as in TorchSharp.")]
    [SuppressMessage("Usage", "CA2225", Justification = "The named methods are TorchSharp's Single and Slice.")]
    public struct TensorIndex
    {
        private TensorIndex(long? start, long? stop, long? step, bool isSlice)
        {
            Start = start;
            Stop = stop;
            Step = step;
            IsSlice = isSlice;
        }

        internal long? Start { get; }

        internal long? Stop { get; }

        internal long? Step { get; }

        internal bool IsSlice { get; }

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Range range) =>
            Slice(Position(range.Start, 0), Position(range.End, null));

        /// <param name="start">Null: from the beginning.</param>
        /// <param name="stop">Exclusive; null: to the end; negative: counted from there.</param>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(start, stop, step, isSlice: true);

        public static TensorIndex Single(long? index) => new(index, null, null, isSlice: false);

        private static long? Position(Index index, long? whenEnd) =>
            !index.IsFromEnd ? index.Value : index.Value == 0 ? whenEnd : -index.Value;
    }
}
